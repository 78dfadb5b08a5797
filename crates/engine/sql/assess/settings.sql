-- assess::facts: every setting that our role may see.
select
    name,
    coalesce(setting, '') as value,
    coalesce(reset_val, '') as session,
    unit,
    context,
    source,
    pending_restart
from pg_catalog.pg_settings
