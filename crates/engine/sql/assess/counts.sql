-- assess::inventory: everything else by kind.
select
    kind,
    count(*) as count
from (
    select case relkind
        when 'v' then 'views' when 'm' then 'materialised views' when 'S' then 'sequences' when 'p' then 'partitioned tables'
        when 'f' then 'foreign tables' when 'i' then 'indexes' when 'I' then 'partitioned indexes' when 'c' then 'composite types'
        when 'r' then 'tables' else 'other relations'
    end
    from relation
    where relkind <> 't'
    union all
    select 'functions in ' || l.lanname from function f join pg_catalog.pg_language l on l.oid = f.prolang
    union all
    select 'triggers' from pg_catalog.pg_trigger t join relation r on r.oid = t.tgrelid where not t.tgisinternal
    union all
    select case c.contype when 'f' then 'foreign keys' when 'c' then 'checks' when 'x' then 'exclusion constraints' end
    from pg_catalog.pg_constraint c
    where c.contype in ('f', 'c', 'x') and c.oid >= 16384
    union all
    select 'row security policies' from pg_catalog.pg_policy
    union all
    select case typtype when 'e' then 'enums' when 'd' then 'domains' when 'r' then 'ranges' end
    from user_type
    where typtype in ('e', 'd', 'r')
    union all
    select 'event triggers' from pg_catalog.pg_event_trigger
    union all
    select 'large objects' from pg_catalog.pg_largeobject_metadata
    union all
    select 'roles' from pg_catalog.pg_roles where oid >= 16384
) counted(kind)
group by kind
