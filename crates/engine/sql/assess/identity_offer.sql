-- rules::keys identity-offer: for tables without an identity, the narrowest index that could be it.
select distinct on (i.indrelid)
    i.table_object as object,
    format('index %I', i.relname) as detail,
    format('ALTER TABLE %s REPLICA IDENTITY USING INDEX %I', i.table_object, i.relname) as sql
from keyless_index i
where i.traps = ''
order by
    i.indrelid,
    i.indnkeyatts,
    i.relname
