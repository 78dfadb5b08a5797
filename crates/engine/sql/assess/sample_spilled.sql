-- assess::moved, from 14 on: slots whose decoding does not fit into memory.
select
    format('%I', s.slot_name) as slot,
    s.spill_bytes
from pg_catalog.pg_stat_replication_slots s
where s.spill_bytes > 0
