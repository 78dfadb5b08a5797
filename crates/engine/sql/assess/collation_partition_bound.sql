-- rules::locale collation-partition-bound: tables partitioned by ranges of text, under an order that is not bytewise.
select distinct
    r.object,
    format('its ranges are in the order of %s', case when c.oid = 'pg_catalog."default"'::regcollation then d.datcollate else quote_ident(c.collname) end) as detail
from user_table r
join pg_catalog.pg_partitioned_table p on p.partrelid = r.oid and p.partstrat = 'r'
cross join lateral unnest(p.partcollation::oid[]) key (locale)
join pg_catalog.pg_collation c on c.oid = key.locale
join pg_catalog.pg_database d on d.datname = current_database()
where case
    when c.oid = 'pg_catalog."default"'::regcollation
        then d.datcollate not in ('C', 'POSIX') or coalesce(to_jsonb(d) ->> 'datlocprovider', 'c') = 'i'
    else c.collprovider = 'i' or c.collcollate is distinct from 'C' and c.collcollate is distinct from 'POSIX' and c.collprovider = 'c'
end
