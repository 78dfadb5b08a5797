-- rules::code function-privileged: functions with a clause that only a superuser may write.
select
    f.object,
    concat_ws(', ', case when f.proleakproof then 'LEAKPROOF' end, privileged.settings) as detail
from function f
cross join lateral (
    select string_agg(format('SET %s', c.name), ', ' order by c.name) as settings
    from (select split_part(setting, '=', 1) as name from unnest(f.proconfig) setting) c
    left join pg_catalog.pg_settings s on lower(s.name) = lower(c.name)
    -- one that the server does not know is a superuser's to store, too
    where coalesce(s.context, 'superuser') not in ('user', 'backend')
) privileged
where f.proleakproof
   or privileged.settings is not null
