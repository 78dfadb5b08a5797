-- target::state::create: our own tables. Progress is written in the transaction that writes the data.
-- pgferry_fence breaks what a process writes that a newer one has followed: its rows say so by an attempt or id of 0.
do $$ begin
    -- IF NOT EXISTS asks for the right to create all the same, which goes with the database's owner
    if not exists (select from pg_catalog.pg_namespace where nspname = 'pgferry') then
        create schema pgferry;
    end if;
end $$;
revoke all on schema pgferry from public;
comment on schema pgferry is 'pgferry keeps its progress here; pgferry finish or pgferry abort removes it';
create table if not exists pgferry.run (
    name text primary key,
    source_system bigint not null,
    source_database text not null,
    database_created boolean not null,
    roles_created text[] not null default '{}',
    rights_before text[] not null default '{}',
    epoch integer not null,
    attempt integer not null,
    state text not null,
    version text not null
);
create table if not exists pgferry.chunk (
    attempt integer not null constraint pgferry_fence check (attempt > 0),
    id bigint not null,
    relation integer not null,
    rows bigint,
    primary key (attempt, id)
);
-- roles that we joined in order to give things away, each with the statement by which we leave it
create table if not exists pgferry.joined (
    role text primary key,
    leave text not null
);
-- where an owner has CREATE for a moment, in a schema or ('') in the database
create table if not exists pgferry.door (
    schema text not null,
    owner text not null,
    primary key (schema, owner)
);
create table if not exists pgferry.entry (
    id integer primary key constraint pgferry_fence check (id > 0),
    finding text
);
