-- assess::prelude: what questions stand on. Each gets the expressions that it names, and those that they name. Left out:
-- the system's own, members of extensions, temporary things, and our schema.
with recursive
relation as not materialized (
    select
        c.*,
        n.nspname,
        format('%I.%I', n.nspname, c.relname) as object
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.oid >= 16384
      and c.relpersistence <> 't'
      and n.nspname not in ('pg_catalog', 'information_schema', 'pgferry')
      and n.nspname !~ '^pg_(toast|temp)'
      and not exists (
          select from pg_catalog.pg_depend d
          where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.objsubid = 0 and d.deptype = 'e'
      )
),
-- ordinary tables and leaves, partitioned ones
user_table as (
    select * from relation where relkind in ('r', 'p')
),
function as not materialized (
    select
        p.*,
        n.nspname,
        format('%I.%I(%s)', n.nspname, p.proname, pg_catalog.pg_get_function_identity_arguments(p.oid)) as object
    from pg_catalog.pg_proc p
    join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    where p.oid >= 16384
      and n.nspname not in ('information_schema', 'pgferry')
      and n.nspname !~ '^pg_temp'
      and not exists (
          -- a range type brings constructors of its own
          select from pg_catalog.pg_depend d
          where d.classid = 'pg_catalog.pg_proc'::regclass and d.objid = p.oid and d.deptype in ('e', 'i')
      )
),
-- what functions that are no library's say
body as (
    select
        f.object,
        -- BEGIN ATOMIC leaves no text behind
        case when f.prosrc = '' and l.lanname = 'sql' then pg_catalog.pg_get_functiondef(f.oid) else f.prosrc end as text
    from function f
    join pg_catalog.pg_language l on l.oid = f.prolang
    where l.lanname not in ('c', 'internal')
),
user_type as not materialized (
    select
        t.*,
        n.nspname,
        format('%I.%I', n.nspname, t.typname) as object
    from pg_catalog.pg_type t
    join pg_catalog.pg_namespace n on n.oid = t.typnamespace
    where t.oid >= 16384
      and n.nspname not in ('information_schema', 'pgferry')
      and n.nspname !~ '^pg_(toast|temp)'
      and not exists (
          select from pg_catalog.pg_depend d
          where d.classid = 'pg_catalog.pg_type'::regclass and d.objid = t.oid and d.deptype in ('e', 'i')
      )
),
-- columns of tables
user_column as (
    select
        r.oid as relation,
        r.object as table_object,
        format('%s.%I', r.object, a.attname) as object,
        r.relkind,
        a.*
    from user_table r
    join pg_catalog.pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
),
-- what the types of those columns are made of: root is the column's type; through domains, arrays, composites, ranges
type_part as (
    -- of any relation: user_column is computed for what a question names of it alone while nothing else here names it
    select distinct atttypid as root, atttypid as part
    from pg_catalog.pg_attribute
    where attrelid >= 16384 and attnum > 0 and not attisdropped
    union
    select p.root, inner_type.oid
    from type_part p
    join pg_catalog.pg_type t on t.oid = p.part
    join lateral (
        select t.typbasetype as oid where t.typbasetype <> 0
        union all
        select t.typelem where t.typelem <> 0 and t.typlen = -1
        union all
        select a.atttypid from pg_catalog.pg_attribute a where a.attrelid = t.typrelid and t.typrelid <> 0 and a.attnum > 0 and not a.attisdropped
        union all
        select r.rngsubtype from pg_catalog.pg_range r where r.rngtypid = t.oid
    ) inner_type on true
),
-- roles but those of the system and of RDS itself, by name: an application's may begin with rds too
user_role as (
    select
        r.*,
        format('%I', r.rolname) as object
    from pg_catalog.pg_roles r
    where r.rolname !~ '^pg_'
      and r.rolname not in ('rdsadmin', 'rds_superuser', 'rds_password', 'rds_replication', 'rds_iam', 'rds_ad', 'rds_reserved', 'rds_extension',
                            'rdsrepladmin', 'rdstopmgr', 'rdswriteforwarduser', 'rdsproxyadmin')
),
-- the index by which a stream names the rows of a table or leaf
identity_index as (
    select i.*, r.object as table_object, r.relnatts
    from user_table r
    join pg_catalog.pg_index i on i.indrelid = r.oid and i.indisvalid and i.indimmediate
    where r.relkind = 'r'
      and (r.relreplident = 'd' and i.indisprimary or r.relreplident = 'i' and i.indisreplident)
),
-- tables and leaves whose changes cannot be told apart in a stream
keyless as (
    select r.*
    from user_table r
    where r.relkind = 'r'
      and r.relpersistence = 'p'
      and r.relreplident <> 'f'
      and r.oid not in (select indrelid from identity_index)
),
-- their unique indexes, and what keeps one from being the identity
keyless_index as (
    select
        r.object as table_object,
        i.indrelid,
        i.indexrelid,
        i.indisprimary,
        i.indnkeyatts,
        c.relname,
        nullable.columns,
        pg_catalog.concat_ws(
            ', ',
            case when nullable.columns is not null then 'nullable' end,
            case when i.indpred is not null then 'partial' end,
            case when i.indexprs is not null then 'on an expression' end,
            case when not i.indimmediate then 'deferrable' end,
            case when not i.indisvalid then 'invalid' end
        ) as traps
    from keyless r
    join pg_catalog.pg_index i on i.indrelid = r.oid and i.indisunique
    join pg_catalog.pg_class c on c.oid = i.indexrelid
    cross join lateral (
        select array_agg(a.attname order by a.attnum) as columns
        from pg_catalog.generate_series(0, i.indnkeyatts - 1) k
        join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[k] and not a.attnotnull
    ) nullable
),
-- the columns that a sequence numbers: it belongs to them, or their default asks it
numbered as (
    select d.objid as sequence, d.refobjid as relation, d.refobjsubid as attnum, true as owned
    from pg_catalog.pg_depend d
    join pg_catalog.pg_sequence s on s.seqrelid = d.objid
    where d.classid = 'pg_catalog.pg_class'::regclass
      and d.refclassid = 'pg_catalog.pg_class'::regclass
      and d.refobjsubid > 0
      and d.deptype in ('a', 'i')
    union all
    select d.refobjid, a.adrelid, a.adnum, false
    from pg_catalog.pg_attrdef a
    join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_attrdef'::regclass and d.objid = a.oid
    join pg_catalog.pg_sequence s on s.seqrelid = d.refobjid
    where d.refclassid = 'pg_catalog.pg_class'::regclass
),
-- where amcheck is installed, if it is
amcheck as (
    select
        n.nspname,
        exists (select from pg_catalog.pg_proc p where p.pronamespace = n.oid and p.proname = 'verify_heapam') as checks_tables
    from pg_catalog.pg_extension e
    join pg_catalog.pg_namespace n on n.oid = e.extnamespace
    where e.extname = 'amcheck'
)
