-- rules::code syntax-removed: what later majors no longer accept: postfix operators and aggregates over anyarray (14), two
-- extensions (17).
select
    format('%I.%s(%s, NONE)', n.nspname, o.oprname, pg_catalog.format_type(o.oprleft, null)) as object,
    'a postfix operator, refused from 14 on' as detail
from pg_catalog.pg_operator o
join pg_catalog.pg_namespace n on n.oid = o.oprnamespace
where o.oid >= 16384
  and o.oprright = 0
union all
select
    f.object,
    format('an aggregate on %s, which takes anycompatiblearray from 14 on', p.proname)
from function f
join pg_catalog.pg_aggregate a on a.aggfnoid = f.oid
join pg_catalog.pg_proc p on p.oid in (a.aggtransfn, a.aggfinalfn)
where a.aggtranstype in ('anyarray'::regtype, 'anyelement'::regtype)
  and p.oid < 16384
  and p.proname in ('array_append', 'array_prepend', 'array_cat', 'array_position', 'array_positions', 'array_remove', 'array_replace',
                    'width_bucket')
  and 'anyarray'::regtype = any (p.proargtypes::oid[])
union all
select
    format('%I', e.extname),
    'an extension that 17 no longer has'
from pg_catalog.pg_extension e
where e.extname in ('adminpack', 'old_snapshot')
