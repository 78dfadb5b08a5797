-- rules::settings objects-many: more tables and sequences than locks fit into shared memory.
select
    'max_locks_per_transaction' as object,
    format('%s tables and sequences, room for %s locks', n.relations, room.each * room.times) as detail,
    format('ALTER SYSTEM SET max_locks_per_transaction = %s', 2 * n.relations / room.times + 64) as sql
from (
    select
        current_setting('max_locks_per_transaction')::bigint as each,
        current_setting('max_connections')::bigint + current_setting('max_prepared_transactions')::bigint as times
) room
cross join (select count(*) as relations from relation where relkind in ('r', 'p', 'S')) n
where 0.8 * room.each * room.times < n.relations
