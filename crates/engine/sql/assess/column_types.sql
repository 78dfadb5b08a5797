-- assess::inventory: types of columns by how many columns have them.
select
    pg_catalog.format_type(c.atttypid, null) as name,
    count(*) as count
from user_column c
where c.relkind = 'r'
group by c.atttypid
order by 2 desc, 1
