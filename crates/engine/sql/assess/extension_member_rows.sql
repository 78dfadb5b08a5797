-- rules::extensions extension-member-rows: tables with rows that belong to an extension, which a dump takes for its own. Known
-- ones that the extension itself fills are left out.
select
    format('%I.%I', n.nspname, c.relname) as object,
    format('a member of %I', e.extname) as detail,
    format('ALTER EXTENSION %I DROP TABLE %I.%I', e.extname, n.nspname, c.relname) as sql
from pg_catalog.pg_depend d
join pg_catalog.pg_extension e on e.oid = d.refobjid
join pg_catalog.pg_class c on c.oid = d.objid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where d.classid = 'pg_catalog.pg_class'::regclass
  and d.refclassid = 'pg_catalog.pg_extension'::regclass
  and d.deptype = 'e'
  and c.relkind = 'r'
  and c.oid <> all (coalesce(e.extconfig, '{}'))
  and not exists (
      select
      from (
          values
              ('address_standardizer_data_us', '^us_(gaz|lex|rules)$', '.'),
              ('age', '.', '^ag_catalog$'),
              ('citus', '.', '^(pg_catalog|citus|columnar)'),
              ('citus_columnar', '.', '^columnar'),
              ('pg_cron', '.', '^cron$'),
              ('pg_repack', '.', '^repack$'),
              ('pgagent', '.', '^pgagent$'),
              ('pglogical', '.', '^pglogical$'),
              ('pgsodium', '.', '^pgsodium$'),
              ('postgis_tiger_geocoder', '.', '^tiger'),
              ('postgis_topology', '.', '^topology$'),
              ('supabase_vault', '.', '^vault$'),
              ('timescaledb', '.', '^_?timescaledb_')
      ) stock (extension, name, schema)
      where stock.extension = e.extname and c.relname ~ stock.name and n.nspname ~ stock.schema
  )
  and pg_catalog.pg_relation_size(c.oid) > 0
