-- rules::code object-superuser-only: objects that only a superuser may create, or only the owner of a built-in type.
select
    x.object,
    x.detail
from (
    select
        'pg_catalog.pg_opclass'::regclass as class,
        c.oid,
        format('%I.%I', n.nspname, c.opcname) as object,
        format('operator class for %I', m.amname) as detail
    from pg_catalog.pg_opclass c
    join pg_catalog.pg_namespace n on n.oid = c.opcnamespace
    join pg_catalog.pg_am m on m.oid = c.opcmethod
    union all
    select
        'pg_catalog.pg_opfamily'::regclass,
        f.oid,
        format('%I.%I', n.nspname, f.opfname),
        format('operator family for %I', m.amname)
    from pg_catalog.pg_opfamily f
    join pg_catalog.pg_namespace n on n.oid = f.opfnamespace
    join pg_catalog.pg_am m on m.oid = f.opfmethod
    -- a class brings its family
    where not exists (select from pg_catalog.pg_opclass c where c.opcfamily = f.oid)
    union all
    select
        'pg_catalog.pg_ts_template'::regclass,
        t.oid,
        format('%I.%I', n.nspname, t.tmplname),
        'text search template'
    from pg_catalog.pg_ts_template t
    join pg_catalog.pg_namespace n on n.oid = t.tmplnamespace
    union all
    select
        'pg_catalog.pg_ts_parser'::regclass,
        p.oid,
        format('%I.%I', n.nspname, p.prsname),
        'text search parser'
    from pg_catalog.pg_ts_parser p
    join pg_catalog.pg_namespace n on n.oid = p.prsnamespace
    union all
    select
        'pg_catalog.pg_am'::regclass,
        m.oid,
        format('%I', m.amname),
        'access method'
    from pg_catalog.pg_am m
    union all
    select
        'pg_catalog.pg_type'::regclass,
        t.oid,
        t.object,
        case when t.typisdefined then 'base type' else 'shell of a type' end
    from user_type t
    where t.typtype = 'b' or not t.typisdefined
    union all
    select
        'pg_catalog.pg_cast'::regclass,
        c.oid,
        format('(%s AS %s)', pg_catalog.format_type(c.castsource, null), pg_catalog.format_type(c.casttarget, null)),
        case c.castmethod
            when 'b' then 'cast without a function'
            else 'cast between types of the server or of extensions'
        end
    from pg_catalog.pg_cast c
    -- who owns one of the two types may create a cast, unless it takes the bytes as they are
    where c.castmethod = 'b'
       or not exists (select from user_type t where t.oid in (c.castsource, c.casttarget))
) x
where x.oid >= 16384
  and not exists (
      select from pg_catalog.pg_depend d
      where d.classid = x.class and d.objid = x.oid and d.objsubid = 0 and d.deptype = 'e'
  )
