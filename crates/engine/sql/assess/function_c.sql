-- rules::code function-c: functions of the user's own that run a library's code, or name one of the server's own.
select
    f.object,
    case l.lanname
        when 'c' then format('symbol %s of library %s', f.prosrc, f.probin)
        else format('the server''s own %s under another name', f.prosrc)
    end as detail
from function f
join pg_catalog.pg_language l on l.oid = f.prolang
where l.lanname in ('c', 'internal')
  -- an aggregate stands in the language of the server, whoever made it
  and f.prokind <> 'a'
