-- rules::keys key-not-bytewise: identities whose values can be equal though their bytes differ.
select
    i.table_object as object,
    string_agg(distinct format('%I %s', a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod)), ', ') as detail
from identity_index i
cross join lateral pg_catalog.generate_series(0, i.indnkeyatts - 1) k
join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[k]
where exists (
        select
        from pg_catalog.pg_collation c
        where c.oid = i.indcollation[k] and not c.collisdeterministic
    )
   or exists (
        select
        from type_part p
        join pg_catalog.pg_type t on t.oid = p.part
        where p.root = a.atttypid
          and (
              t.oid in (
                  'numeric'::regtype, 'float4'::regtype, 'float8'::regtype, 'interval'::regtype,
                  'timetz'::regtype, 'jsonb'::regtype
              )
              or t.typname = 'citext'
              or t.typtype in ('r', 'm', 'c')
          )
    )
   or i.indisexclusion
group by i.table_object
