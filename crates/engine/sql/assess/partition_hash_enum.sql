-- rules::tables partition-hash-enum: hash partitions whose place rests on the OIDs of enum values.
select distinct
    c.table_object as object,
    format('%I %s', c.attname, format_type(c.atttypid, c.atttypmod)) as detail
from pg_catalog.pg_partitioned_table h
join user_column c on c.relation = h.partrelid and c.attnum = any (h.partattrs::int2[])
join type_part p on p.root = c.atttypid
join pg_catalog.pg_type t on t.oid = p.part and t.typtype = 'e'
where h.partstrat = 'h'
