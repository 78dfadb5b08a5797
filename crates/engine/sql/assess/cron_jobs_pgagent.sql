-- rules::code cron-jobs: what pgAgent runs.
select
    j.jobname as object,
    concat_ws(', ', 'pgAgent', case when not j.jobenabled then 'disabled' end) as detail
from pgagent.pga_job j
