-- assess::facts: what the database makes use of, so that questions about the rest need not be asked: features of
-- relations, and types that columns are made of, by name and by kind.
select feature
from (
    select
        bool_or(relkind = 'p') as partitions,
        bool_or(relkind = 'f') as foreign_tables,
        bool_or(relkind = 'm') as matviews,
        bool_or(relrowsecurity or relforcerowsecurity) as row_security,
        bool_or(relhasrules and relkind in ('r', 'p')) as rules,
        bool_or(reloptions is not null) as options,
        bool_or(relreplident = 'f') as identity_full
    from pg_catalog.pg_class
    where oid >= 16384
) used
cross join lateral (
    values
        ('partitions', partitions),
        ('foreign tables', foreign_tables),
        ('materialised views', matviews),
        ('row security', row_security),
        ('rules', rules),
        ('options', options),
        ('full identities', identity_full),
        (
            'jobs of pgAgent',
            exists (select from pg_catalog.pg_class where relname = 'pga_job' and relnamespace::regnamespace::text = 'pgagent')
        ),
        ('keyless tables', exists (select from keyless))
) named(feature, there)
where there
union
select unnest(array['type ' || t.typname::text, 'kind ' || t.typtype::text])
from type_part p
join pg_catalog.pg_type t on t.oid = p.part
where p.root in (select atttypid from user_column)
