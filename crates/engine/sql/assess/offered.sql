-- assess::facts: extensions that could be installed, with their versions.
select
    name::text as name,
    array_agg(version order by version) as versions
from pg_catalog.pg_available_extension_versions
group by name
