-- rules::replication subscription-here: feeds that end in this database. Columns that everybody may read.
select
    format('%I', s.subname) as object,
    format('of the publications %s', array_to_string(s.subpublications, ', ')) as detail
from pg_catalog.pg_subscription s
where s.subdbid = (select oid from pg_catalog.pg_database where datname = current_database())
  and s.subenabled
