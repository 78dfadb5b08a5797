-- rules::tables names-odd: names that differ in case alone, or hold characters that tools stumble over.
select
    r.object,
    case when twins.n > 1 then 'another differs in case alone' else 'odd characters' end as detail
from relation r
join (
    select relnamespace, lower(relname) as name, count(*) as n
    from relation
    group by 1, 2
) twins on twins.relnamespace = r.relnamespace and twins.name = lower(r.relname)
where r.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
  and (twins.n > 1 or r.relname ~ $$['".%;\s]$$)
union all
select
    c.object,
    case when twins.n > 1 then 'another differs in case alone' else 'odd characters' end
from user_column c
join (
    select relation, lower(attname) as name, count(*) as n
    from user_column
    group by 1, 2
) twins on twins.relation = c.relation and twins.name = lower(c.attname)
where twins.n > 1
   or c.attname ~ $$['".%;\s]$$
