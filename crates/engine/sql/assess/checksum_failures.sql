-- rules::health checksum-failures: pages that were read and were not what had been written; or that nobody would know.
select
    coalesce(format('%I', d.datname), 'shared catalogs') as object,
    format('%s pages, the last one %s', d.checksum_failures, d.checksum_last_failure) as detail,
    null as severity
from pg_catalog.pg_stat_database d
where d.checksum_failures > 0
union all
select
    s.name,
    'off: a damaged page is not noticed',
    'N'
from pg_catalog.pg_settings s
where s.name = 'data_checksums'
  and s.setting = 'off'
