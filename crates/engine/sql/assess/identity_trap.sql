-- rules::keys identity-trap: for tables without an identity, unique indexes that cannot be it.
select
    i.table_object as object,
    format('index %I is %s', i.relname, i.traps) as detail,
    case
        when i.traps = 'nullable' then format(
            'ALTER TABLE %s %s',
            i.table_object,
            (select string_agg(format('ALTER COLUMN %I SET NOT NULL', name), ', ') from unnest(i.columns) name)
        )
    end as sql
from keyless_index i
where i.traps <> ''
  and not i.indisprimary
