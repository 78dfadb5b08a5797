-- rules::keys keys-several: unique and exclusion indexes beside the identity.
select
    i.table_object as object,
    string_agg(format('%I', c.relname), ', ' order by c.relname) as detail
from identity_index i
join pg_catalog.pg_index other
    on other.indrelid = i.indrelid and other.indexrelid <> i.indexrelid and (other.indisunique or other.indisexclusion)
join pg_catalog.pg_class c on c.oid = other.indexrelid
group by i.table_object
