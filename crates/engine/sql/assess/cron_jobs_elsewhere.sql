-- rules::code cron-jobs: pg_cron keeps the jobs of all databases in one, and this is not the one.
select
    format('%I', current_setting('cron.database_name')) as object,
    'the database with the jobs of pg_cron: look there for those of this one' as detail,
    'W' as severity
