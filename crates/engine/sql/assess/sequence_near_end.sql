-- rules::sequences sequence-near-end: sequences that have used three quarters of their numbers.
select
    r.object,
    format('%s %% used', round(used.share * 100, 1)) as detail,
    case
        when s.seqtypid <> 'int8'::regtype
            and case when s.seqincrement > 0 then s.seqmax in (32767, 2147483647) else s.seqmin in (-32768, -2147483648) end
        then format('ALTER SEQUENCE %s AS bigint', r.object)
    end as sql
from relation r
join pg_catalog.pg_sequence s on s.seqrelid = r.oid and not s.seqcycle
join pg_catalog.pg_sequences v on v.schemaname = r.nspname and v.sequencename = r.relname
cross join lateral (
    select
        case
            when s.seqincrement > 0 then v.last_value::numeric - s.seqmin
            else s.seqmax - v.last_value::numeric
        end / nullif(s.seqmax::numeric - s.seqmin, 0) as share
) used
where used.share > 0.75
