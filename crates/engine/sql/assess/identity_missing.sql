-- rules::tables identity-missing: tables and leaves whose changes could not be told apart in a stream.
select
    r.object,
    case r.relreplident
        when 'n' then 'REPLICA IDENTITY NOTHING'
        when 'i' then 'the index of its replica identity was dropped'
        else 'no primary key'
    end as detail,
    format('ALTER TABLE %s REPLICA IDENTITY FULL', r.object) as sql
from user_table r
where r.relkind = 'r'
  and r.relpersistence = 'p'
  and r.relreplident <> 'f'
  and not exists (
      select from pg_catalog.pg_index i
      where i.indrelid = r.oid
        and i.indisvalid
        and i.indimmediate
        and (r.relreplident = 'd' and i.indisprimary or r.relreplident = 'i' and i.indisreplident)
  )
