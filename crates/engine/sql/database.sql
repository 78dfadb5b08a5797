-- catalog::database: what the target database must be like. What a major does not know yet, or calls by another name, is
-- asked of the row as JSON, where it is null.
select
    d.datname::text,
    pg_catalog.pg_encoding_to_char(d.encoding)::text as encoding,
    d.datcollate::text,
    d.datctype::text,
    coalesce(this.row ->> 'datlocprovider', 'c') as provider,
    coalesce(this.row ->> 'datlocale', this.row ->> 'daticulocale') as locale,
    this.row ->> 'daticurules' as rules,
    pg_catalog.pg_get_userbyid(d.datdba)::text as owner,
    (select system_identifier from pg_catalog.pg_control_system()) as system_identifier
from pg_catalog.pg_database d
cross join lateral pg_catalog.to_jsonb(d) this (row)
where d.datname = pg_catalog.current_database()
