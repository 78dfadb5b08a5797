-- rules::server server-in-recovery: whether this is a standby, and whose.
select
    'server' as object,
    case
        when w.sender_host <> '' then format('a standby of %s', w.sender_host)
        else 'a standby, or a server that restores a backup'
    end as detail
from (values (pg_is_in_recovery())) here (standby)
left join pg_catalog.pg_stat_wal_receiver w on true
where here.standby
