-- rules::constraints index-advice: indexes that are there twice, are missing, or were not read for thirty days.
select
    c.object,
    format('the same as %I', same.first) as detail
from (
    select
        i.indexrelid,
        cl.relname,
        first_value(cl.relname) over (
            partition by
                i.indrelid, cl.relam, i.indisunique, i.indkey::text, i.indclass::text, i.indcollation::text,
                i.indoption::text, i.indnkeyatts,
                case when i.indexprs is not null then pg_catalog.pg_get_expr(i.indexprs, i.indrelid) end,
                case when i.indpred is not null then pg_catalog.pg_get_expr(i.indpred, i.indrelid) end
            order by i.indisprimary desc, cl.relname
        ) as first
    from pg_catalog.pg_index i
    join relation cl on cl.oid = i.indexrelid
    where i.indisvalid
) same
join relation c on c.oid = same.indexrelid
where same.first <> same.relname
union all
select
    r.object,
    format('no index for foreign key %I', con.conname)
from pg_catalog.pg_constraint con
join user_table r on r.oid = con.conrelid
where con.contype = 'f'
  and con.conparentid = 0
  and not exists (
      select from pg_catalog.pg_index i
      where i.indrelid = con.conrelid
        and i.indpred is null
        and (i.indkey::int2[])[0:cardinality(con.conkey) - 1] @> con.conkey
  )
union all
select
    c.object,
    'not read since ' || d.stats_reset::date
from pg_catalog.pg_stat_user_indexes s
join relation c on c.oid = s.indexrelid
join pg_catalog.pg_index i on i.indexrelid = c.oid and not i.indisunique
join pg_catalog.pg_stat_database d on d.datname = current_database() and d.stats_reset < now() - interval '30 days'
where s.idx_scan = 0
