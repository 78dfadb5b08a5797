-- rules::tables table-row-security: tables whose rows depend on who asks.
select
    r.object,
    case when r.relforcerowsecurity then 'forced on its owner too' end as detail
from user_table r
where r.relrowsecurity
   or r.relforcerowsecurity
