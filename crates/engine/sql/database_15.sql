-- catalog::database: what the target database must be like.
select
    d.datname::text,
    pg_catalog.pg_encoding_to_char(d.encoding)::text as encoding,
    d.datcollate::text,
    d.datctype::text,
    d.datlocprovider::text as provider,
    d.daticulocale::text as locale,
    null::text as rules,
    pg_catalog.pg_get_userbyid(d.datdba)::text as owner,
    (select system_identifier from pg_catalog.pg_control_system()) as system_identifier
from pg_catalog.pg_database d
where d.datname = pg_catalog.current_database()
