-- rules::constraints constraint-not-valid: constraints that rows may break. Before 18 all were enforced: there the name
-- means the one in front.
select
    format('%I ON %s', con.conname, coalesce(r.object, d.object)) as object,
    case when enforced.yes then 'NOT VALID' else 'NOT ENFORCED' end as detail,
    case
        when not enforced.yes then null
        when d.oid is not null then format('ALTER DOMAIN %s VALIDATE CONSTRAINT %I', d.object, con.conname)
        else format('ALTER TABLE %s VALIDATE CONSTRAINT %I', r.object, con.conname)
    end as sql
from pg_catalog.pg_constraint con
cross join (select true as conenforced) before_18
cross join lateral (select conenforced as yes from pg_catalog.pg_constraint self where self.oid = con.oid) enforced
left join relation r on r.oid = con.conrelid and con.conrelid <> 0
left join user_type d on d.oid = con.contypid and con.contypid <> 0
where (not con.convalidated or not enforced.yes)
  and (r.oid is not null or d.oid is not null)
