-- rules::target target-not-empty: what somebody made in the target database.
select
    r.object,
    case r.relkind
        when 'v' then 'a view'
        when 'm' then 'a materialised view'
        when 'S' then 'a sequence'
        when 'f' then 'a foreign table'
        when 'c' then 'a type'
        else 'a table'
    end as detail
from relation r
where r.relkind in ('r', 'p', 'v', 'm', 'S', 'f', 'c')
