-- rules::tables names-odd: names that differ in case alone, or hold characters that tools stumble over. Names in small
-- letters, which is most, can have a twin only where another has a large one.
, twins as (
    select relnamespace, lower(relname) as name
    from pg_catalog.pg_class
    where oid >= 16384
      and lower(relname) in (select lower(relname) from pg_catalog.pg_class where oid >= 16384 and relname <> lower(relname))
    group by 1, 2
    having count(*) > 1
),
column_twins as (
    select attrelid, lower(attname) as name
    from pg_catalog.pg_attribute
    where attnum > 0
      and not attisdropped
      and attrelid in (select attrelid from pg_catalog.pg_attribute where attrelid >= 16384 and attname <> lower(attname))
    group by 1, 2
    having count(*) > 1
)
select
    r.object,
    case when (r.relnamespace, lower(r.relname)) in (select relnamespace, name from twins) then 'another differs in case alone' else 'odd characters' end as detail
from relation r
where r.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
  and (r.relname ~ $$['".%;\s]$$ or (r.relnamespace, lower(r.relname)) in (select relnamespace, name from twins))
union all
select
    c.object,
    case when (c.relation, lower(c.attname)) in (select attrelid, name from column_twins) then 'another differs in case alone' else 'odd characters' end
from user_column c
where c.attname ~ $$['".%;\s]$$
   or (c.relation, lower(c.attname)) in (select attrelid, name from column_twins)
