-- rules::health backup-none: tools of backup that WAL archiving or a session names; else, whether there is any.
select
    coalesce(t.name, 'server') as object,
    case
        when t.name is null then 'archive_mode is off, and no tool of backup is seen; copies of the disk cannot be seen from here'
        else 'seems to back this server up; it ends with it'
    end as detail,
    case when t.name is not null then 'N' end as severity
from (select) one
left join lateral (
    select distinct tool.name
    from (
        select s.setting as text
        from pg_catalog.pg_settings s
        where s.name in ('archive_command', 'archive_library')
        union all
        select a.application_name
        from pg_catalog.pg_stat_activity a
    ) seen
    join (values ('pgbackrest'), ('wal-g'), ('wal-e'), ('barman'), ('pg_probackup'), ('pg_basebackup'), ('pghoard')) tool (name)
        on strpos(lower(seen.text), tool.name) > 0
) t on true
where t.name is not null
   or current_setting('archive_mode') = 'off'
