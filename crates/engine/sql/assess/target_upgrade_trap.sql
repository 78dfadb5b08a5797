-- rules::target target-upgrade-trap: what makes RDS refuse the next upgrade to a newer major.
select
    quote_ident(d.datname) as object,
    'a database left invalid by a DROP that broke off' as detail
from pg_catalog.pg_database d
where d.datconnlimit = -2
union all
select
    quote_literal(x.gid),
    'a prepared transaction'
from pg_catalog.pg_prepared_xacts x
union all
select
    quote_ident(s.slot_name),
    'a logical replication slot'
from pg_catalog.pg_replication_slots s
where s.slot_type = 'logical'
union all
select
    quote_ident(e.evtname),
    'an event trigger'
from pg_catalog.pg_event_trigger e
where e.oid >= 16384
union all
select
    c.object,
    format('of type %s', pg_catalog.format_type(c.atttypid, null))
from user_column c
where exists (
    select from type_part p
    where p.root = c.atttypid
      and p.part in (
          'regproc'::regtype, 'regprocedure'::regtype, 'regoper'::regtype, 'regoperator'::regtype,
          'regconfig'::regtype, 'regdictionary'::regtype, 'regnamespace'::regtype, 'regcollation'::regtype
      )
)
