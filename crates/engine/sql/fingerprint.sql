-- catalog::fingerprint: changes with every definition that a dump holds. Temporary relations come and go without being seen.
-- What is no row with an OID of its own counts by the object that it is of. Rows that not everybody may read are taken
-- from their views, by the columns that everybody may.
with temporary as (
    select n.oid
    from pg_catalog.pg_namespace n
    where n.nspname ~ '^pg_(toast|temp)'
),
relations as (
    select c.oid, c.xmin, c.relkind
    from pg_catalog.pg_class c
    where c.relpersistence <> 't'
      and c.relkind <> 't'
      and not exists (select from temporary n where n.oid = c.relnamespace)
)
select coalesce(sum(pg_catalog.hashtextextended(part.kind || part.what || ':' || part.version, 0)), 0)::text as fingerprint
from (
    select 'class' as kind, r.oid::text as what, r.xmin::text as version from relations r
    union all
    select 'attribute', a.attrelid::text, a.xmin::text
    from pg_catalog.pg_attribute a join relations r on r.oid = a.attrelid
    where a.attnum > 0
    union all
    select 'attrdef', d.oid::text, d.xmin::text from pg_catalog.pg_attrdef d join relations r on r.oid = d.adrelid
    union all
    select 'index', i.indexrelid::text, i.xmin::text from pg_catalog.pg_index i join relations r on r.oid = i.indexrelid
    union all
    select 'inherits', i.inhrelid::text, i.xmin::text from pg_catalog.pg_inherits i join relations r on r.oid = i.inhrelid
    union all
    select 'partitioned table', p.partrelid::text, p.xmin::text from pg_catalog.pg_partitioned_table p
    union all
    select 'foreign table', t.ftrelid::text, t.xmin::text from pg_catalog.pg_foreign_table t
    union all
    select 'sequence', s.seqrelid::text, s.xmin::text from pg_catalog.pg_sequence s join relations r on r.oid = s.seqrelid
    union all
    select 'constraint', k.oid::text, k.xmin::text
    from pg_catalog.pg_constraint k
    where k.conrelid = 0 or exists (select from relations r where r.oid = k.conrelid)
    union all
    select 'trigger', g.oid::text, g.xmin::text from pg_catalog.pg_trigger g join relations r on r.oid = g.tgrelid
    union all
    select 'rule', w.oid::text, w.xmin::text from pg_catalog.pg_rewrite w join relations r on r.oid = w.ev_class
    union all
    select 'policy', oid::text, xmin::text from pg_catalog.pg_policy
    union all
    select 'statistics', oid::text, xmin::text from pg_catalog.pg_statistic_ext
    union all
    select 'type', t.oid::text, t.xmin::text
    from pg_catalog.pg_type t
    where not exists (select from temporary n where n.oid = t.typnamespace)
    union all
    select 'enum', oid::text, xmin::text from pg_catalog.pg_enum
    union all
    select 'range', rngtypid::text, xmin::text from pg_catalog.pg_range
    union all
    select 'function', oid::text, xmin::text from pg_catalog.pg_proc
    union all
    select 'aggregate', aggfnoid::oid::text, xmin::text from pg_catalog.pg_aggregate
    union all
    select 'operator', oid::text, xmin::text from pg_catalog.pg_operator
    union all
    select 'operator class', oid::text, xmin::text from pg_catalog.pg_opclass
    union all
    select 'operator family', oid::text, xmin::text from pg_catalog.pg_opfamily
    union all
    select 'operator of a family', oid::text, xmin::text from pg_catalog.pg_amop
    union all
    select 'function of a family', oid::text, xmin::text from pg_catalog.pg_amproc
    union all
    select 'access method', oid::text, xmin::text from pg_catalog.pg_am
    union all
    select 'cast', oid::text, xmin::text from pg_catalog.pg_cast
    union all
    select 'collation', oid::text, xmin::text from pg_catalog.pg_collation
    union all
    select 'conversion', oid::text, xmin::text from pg_catalog.pg_conversion
    union all
    select 'language', oid::text, xmin::text from pg_catalog.pg_language
    union all
    select 'transform', oid::text, xmin::text from pg_catalog.pg_transform
    union all
    select 'text search configuration', oid::text, xmin::text from pg_catalog.pg_ts_config
    union all
    select 'text search mapping', mapcfg::text || ' ' || maptokentype::text || ' ' || mapseqno::text, xmin::text from pg_catalog.pg_ts_config_map
    union all
    select 'text search dictionary', oid::text, xmin::text from pg_catalog.pg_ts_dict
    union all
    select 'text search parser', oid::text, xmin::text from pg_catalog.pg_ts_parser
    union all
    select 'text search template', oid::text, xmin::text from pg_catalog.pg_ts_template
    union all
    select 'schema', n.oid::text, n.xmin::text
    from pg_catalog.pg_namespace n
    where not exists (select from temporary t where t.oid = n.oid)
    union all
    select 'extension', oid::text, xmin::text from pg_catalog.pg_extension
    union all
    select 'event trigger', oid::text, xmin::text from pg_catalog.pg_event_trigger
    union all
    select 'foreign-data wrapper', oid::text, xmin::text from pg_catalog.pg_foreign_data_wrapper
    union all
    select 'foreign server', oid::text, xmin::text from pg_catalog.pg_foreign_server
    union all
    select 'user mapping', umid::text, srvid::text || ' ' || umuser::text || ' ' || coalesce(umoptions::text, '') from pg_catalog.pg_user_mappings
    union all
    select 'publication', oid::text, xmin::text from pg_catalog.pg_publication
    union all
    select 'publication''s table', oid::text, xmin::text from pg_catalog.pg_publication_rel
    union all
    select 'subscription', subname::text, subdbid::text || ' ' || subowner::text || ' ' || subenabled::text || ' ' || subpublications::text from pg_catalog.pg_subscription
    where subdbid = (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database())
    union all
    select 'default right', oid::text, xmin::text from pg_catalog.pg_default_acl
    union all
    select 'first right', objoid::text || ' ' || classoid::text || ' ' || objsubid::text, xmin::text from pg_catalog.pg_init_privs
    union all
    select 'comment', objoid::text || ' ' || classoid::text || ' ' || objsubid::text, xmin::text from pg_catalog.pg_description
    union all
    select 'security label', objoid::text || ' ' || classoid::text || ' ' || objsubid::text || ' ' || provider, xmin::text from pg_catalog.pg_seclabel
    union all
    -- schemas of publications, whose catalog came with 15; members of extensions, and what depends on one
    select 'dependency', objid::text || ' ' || classid::text || ' ' || refobjid::text || ' ' || deptype::text, xmin::text
    from pg_catalog.pg_depend
    where deptype in ('e', 'x')
       or refclassid = 'pg_catalog.pg_publication'::regclass
) part
