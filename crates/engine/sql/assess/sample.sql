-- assess::moved: what grows while the application works. Inserts into the catalogs of tables and columns are definitions
-- that were made; lookups of subtransactions follow savepoints.
select
    (
        select sum(s.n_tup_ins)::bigint
        from pg_catalog.pg_stat_sys_tables s
        where s.relid in ('pg_catalog.pg_class'::regclass, 'pg_catalog.pg_attribute'::regclass)
    ) as catalog_inserts,
    (
        select sum(s.blks_hit + s.blks_read)::bigint
        from pg_catalog.pg_stat_slru s
        where lower(s.name) in ('subtrans', 'subtransaction')
    ) as subtrans
