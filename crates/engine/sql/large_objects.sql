-- catalog::large_objects: how many there are.
select count(*) as objects
from pg_catalog.pg_largeobject_metadata
