-- rules::tables column-generated: columns that the server fills.
select
    c.object,
    case
        when c.attgenerated = 'v' then 'virtual: the target must be 18 or newer'
        when c.attgenerated <> '' then 'generated'
        else 'GENERATED ALWAYS AS IDENTITY'
    end as detail
from user_column c
where c.attgenerated <> ''
   or c.attidentity = 'a'
