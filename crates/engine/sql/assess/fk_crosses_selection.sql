-- rules::constraints fk-crosses-selection: foreign keys between a table that is carried and one that is not, or whose rows are
-- not. $1, $2: catalogs and OIDs of what is left out.
, gone as (
    -- several lists at once are taken under the bare name alone
    select * from unnest($1::oid[], $2::oid[]) g(class, oid)
)
select
    format('%I ON %s', con.conname, r.object) as object,
    case
        when lacks.own then format('refers to %s, and goes with its table', other.object)
        when lacks.other then format('refers to %s, which is left out', other.object)
        else format('refers to %s, whose rows are left out', other.object)
    end as detail,
    case when lacks.own then 'N' end as severity
from pg_catalog.pg_constraint con
join user_table r on r.oid = con.conrelid
join user_table other on other.oid = con.confrelid
cross join lateral (
    select
        exists (select from gone where class = 'pg_catalog.pg_class'::regclass and oid = con.conrelid) as own,
        exists (select from gone where class = 'pg_catalog.pg_class'::regclass and oid = con.confrelid) as other,
        exists (select from gone where class = 'pg_catalog.pg_constraint'::regclass and oid = con.oid) as key
) lacks
where con.contype = 'f'
  and con.conparentid = 0
  and (lacks.own <> lacks.other or lacks.key and not lacks.own)
