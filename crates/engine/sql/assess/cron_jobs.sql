-- rules::code cron-jobs: what pg_cron runs. Not its commands: passwords may stand in them.
select
    coalesce(to_jsonb(j) ->> 'jobname', format('job %s', j.jobid)) as object,
    format('pg_cron: %s in %I as %I%s', j.schedule, j.database, j.username, case when not j.active then ', inactive' end) as detail
from cron.job j
union all
select
    'pgagent',
    'its jobs stand in pgagent.pga_job'
from pg_catalog.pg_class c
where c.relname = 'pga_job'
  and c.relnamespace::regnamespace::text = 'pgagent'
