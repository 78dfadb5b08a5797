-- rules::settings config-file-broken: lines of the files that the server could not read at its next start.
select
    format('%s:%s', f.sourcefile, f.sourceline) as object,
    f.error as detail
from pg_catalog.pg_file_settings f
where f.error is not null
  -- a change that waits for a restart says this
  and f.error <> 'setting could not be applied'
union all
select
    format('%s:%s', coalesce(to_jsonb(h) ->> 'file_name', current_setting('hba_file')), h.line_number),
    h.error
from pg_catalog.pg_hba_file_rules h
where h.error is not null
