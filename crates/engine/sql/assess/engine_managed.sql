-- rules::server engine-managed: what only servers of a provider have.
select
    quote_ident(r.rolname) as object,
    'a role of ' || case r.rolname
        when 'rds_superuser' then 'Amazon RDS'
        when 'doadmin' then 'DigitalOcean Managed Databases'
        when 'cloudsqlsuperuser' then 'Google Cloud SQL'
        when 'azure_pg_admin' then 'Azure Database'
        when 'neon_superuser' then 'Neon'
        when 'supabase_admin' then 'Supabase'
        when 'tsdbadmin' then 'Tiger Cloud'
    end as detail
from pg_catalog.pg_roles r
where r.rolname in (
    'rds_superuser', 'doadmin', 'cloudsqlsuperuser', 'azure_pg_admin', 'neon_superuser', 'supabase_admin', 'tsdbadmin'
)
union all
select
    'server',
    'Amazon Aurora: it has the function aurora_version'
where exists (select from pg_catalog.pg_proc where proname = 'aurora_version')
