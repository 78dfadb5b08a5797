-- rules::replication publication-all: publications that take in every table, those of tomorrow too.
select
    format('%I', p.pubname) as object,
    format('owned by %s', pg_catalog.pg_get_userbyid(p.pubowner)) as detail
from pg_catalog.pg_publication p
where p.puballtables
