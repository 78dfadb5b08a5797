-- catalog::choice: what rests on what, as (class, object, how, class, object). how: pg_depend's letter, but `o` ties a
-- foreign key to its own table, and `i` a default or a check to what cannot be made without it.
select
    d.classid::oid as class,
    d.objid as object,
    case
        when d.deptype = 'a' and k.contype = 'f' then 'o'
        when d.deptype = 'a' and (k.contype = 'c' or d.classid = 'pg_catalog.pg_attrdef'::regclass) then 'i'
        else d.deptype::text
    end as how,
    d.refclassid::oid as referenced_class,
    d.refobjid as referenced
from pg_catalog.pg_depend d
left join pg_catalog.pg_constraint k on d.classid = 'pg_catalog.pg_constraint'::regclass and k.oid = d.objid
where d.deptype <> 'p'
  and d.objid >= 16384
  and (d.refobjid >= 16384 or d.refclassid = 'pg_catalog.pg_namespace'::regclass)
