-- rules::tables identity-missing: tables and leaves whose changes could not be told apart in a stream.
select
    r.object,
    case r.relreplident
        when 'n' then 'REPLICA IDENTITY NOTHING'
        when 'i' then 'the index of its replica identity was dropped'
        else 'no primary key'
    end as detail,
    format('ALTER TABLE %s REPLICA IDENTITY FULL', r.object) as sql
from keyless r
