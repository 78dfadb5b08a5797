-- rules::locale type-money: columns of money, or of types made of it.
select distinct
    c.object,
    format('lc_monetary is %s here', current_setting('lc_monetary')) as detail
from user_column c
join type_part p on p.root = c.atttypid
where p.part = 'pg_catalog.money'::regtype
