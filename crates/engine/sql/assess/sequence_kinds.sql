-- rules::sequences sequence-kinds: sequences of kinds that tools forget or set wrongly.
select
    r.object,
    concat_ws(
        ', ',
        case when users.owned = 0 then 'belongs to no column' end,
        case when users.n > 1 then format('numbers %s columns', users.n) end,
        case when s.seqcache > 1 then format('%s numbers in each session''s cache', s.seqcache) end,
        case when s.seqcycle then 'starts again at its end' end
    ) as detail
from relation r
join pg_catalog.pg_sequence s on s.seqrelid = r.oid
left join lateral (
    select
        count(*) filter (where n.owned) as owned,
        count(distinct (c.relation, c.attnum)) as n
    from numbered n
    join user_column c on c.relation = n.relation and c.attnum = n.attnum and c.attinhcount = 0
    where n.sequence = r.oid
) users on true
where users.owned = 0
   or users.n > 1
   or s.seqcache > 1
   or s.seqcycle
