-- rules::keys identity-full: whole rows as identity, and columns that no operator can compare.
select
    r.object,
    'cannot be compared: ' || odd.columns as detail,
    case when odd.columns is not null then 'W/–/B' end as severity
from user_table r
cross join lateral (
    select string_agg(distinct format('%I', a.attname), ', ') as columns
    from pg_catalog.pg_attribute a
    join type_part p on p.root = a.atttypid
    join pg_catalog.pg_type t on t.oid = p.part and t.typtype = 'b' and not (t.typelem <> 0 and t.typlen = -1)
    where a.attrelid = r.oid
      and a.attnum > 0
      and not a.attisdropped
      and not exists (
          select
          from pg_catalog.pg_opclass o
          join pg_catalog.pg_am m on m.oid = o.opcmethod and m.amname in ('btree', 'hash')
          where o.opcdefault
            and (
                o.opcintype = t.oid
                or o.opcintype in (
                    select casttarget
                    from pg_catalog.pg_cast
                    where castsource = t.oid and castmethod = 'b' and castcontext = 'i'
                )
            )
      )
) odd
where r.relkind = 'r'
  and r.relreplident = 'f'
