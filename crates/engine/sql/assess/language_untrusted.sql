-- rules::code language-untrusted: languages that only a superuser may use, and what is written in them.
select
    format('%I', l.lanname) as object,
    'an untrusted language' as detail
from pg_catalog.pg_language l
where not l.lanpltrusted
  and l.lanname not in ('c', 'internal')
union all
select
    f.object,
    format('written in %I', l.lanname)
from function f
join pg_catalog.pg_language l on l.oid = f.prolang
where not l.lanpltrusted
  and l.lanname not in ('c', 'internal')
