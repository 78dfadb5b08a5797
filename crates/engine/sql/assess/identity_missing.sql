-- rules::keys identity-missing: tables and leaves whose changes could not be told apart in a stream.
select
    r.object,
    case r.relreplident
        when 'n' then 'REPLICA IDENTITY NOTHING'
        when 'i' then 'the index of its replica identity was dropped'
        else 'no primary key'
    end || case when r.relispartition then ', as a partition; others of the same table may differ' else '' end as detail,
    case when offer.indrelid is null then format('ALTER TABLE %s REPLICA IDENTITY FULL', r.object) end as sql
from keyless r
left join (select distinct indrelid from keyless_index where traps = '') offer on offer.indrelid = r.oid
