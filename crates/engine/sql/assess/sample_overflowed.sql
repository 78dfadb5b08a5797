-- assess::moved, from 16 on: sessions whose transaction has more savepoints than the server keeps at hand.
select
    format('session %s', pg_catalog.pg_stat_get_backend_pid(b.id)) as session
from pg_catalog.pg_stat_get_backend_idset() b (id)
where (pg_catalog.pg_stat_get_backend_subxact(b.id)).subxact_overflowed
