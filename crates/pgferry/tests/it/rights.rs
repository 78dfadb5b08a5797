//! Roles, rights and memberships: what a run takes for itself, gives back, and must not touch. Roles are the whole server's,
//! so each test has servers of its own.

use pgferry_lab::{Major, Server};

use crate::words::{Move, cut_journal, eventually, exited, succeeded};

fn servers(major: u16) -> (Server, Server) {
    (Server::start(Major(15)).unwrap(), Server::options(Major(major)).rds_like().start().unwrap())
}

/// Owner, rights, comment, limit, settings and default privileges of the database; owner, rights and comment of its
/// schemas. Rights are sorted: their order means nothing.
const STATE: &str = "
    select pg_get_userbyid(datdba), datconnlimit, (select string_agg(a::text, ' ' order by a::text) from unnest(coalesce(datacl, acldefault('d', datdba))) a),
        coalesce(shobj_description(oid, 'pg_database'), ''), (select string_agg(setrole::text || s, ' ' order by setrole, s) from pg_db_role_setting, unnest(setconfig) s where setdatabase = d.oid)
    from pg_database d where datname = current_database()
    union all
    select nspname, 0, pg_get_userbyid(nspowner), (select string_agg(a::text, ' ' order by a::text) from unnest(coalesce(nspacl, acldefault('n', nspowner))) a), obj_description(oid, 'pg_namespace')
    from pg_namespace where nspname !~ '^pg_(toast|temp)' and nspname <> 'pgferry'
    union all
    select defaclrole::regrole::text, defaclnamespace::int, defaclobjtype::text, defaclacl::text, '' from pg_default_acl
    order by 1, 2, 3";

fn state(server: &Server, database: &str) -> String {
    server.psql(database, STATE).unwrap()
}

fn count(server: &Server, database: &str, from: &str) -> String {
    server.psql(database, &format!("select count(*) from {from}")).unwrap().trim().to_owned()
}

/// Makes the target database beforehand, as an operator does.
fn made_before(target: &Server, way: &Move) {
    let sql = format!("create database {}", way.target_database);
    target.psql_as("ferry_master", target.password(), "postgres", &sql).unwrap();
}

#[test]
fn abort_takes_nothing_from_another_database() {
    let (source, target) = servers(15);
    let (one, two) = (Move::of(&source, &target, "one"), Move::of(&source, &target, "two"));
    source
        .psql("postgres", "create role shared login; create role group_of_one; create role here_alone")
        .unwrap();
    for way in [&one, &two] {
        let sql = format!(
            "create table t (a int); alter table t owner to shared; grant connect on database {0} to shared;
             alter role group_of_one in database {0} set work_mem = '5MB'",
            way.source_database
        );
        source.psql(&way.source_database, &sql).unwrap();
    }
    let defaults = "alter default privileges grant select on tables to public; alter default privileges revoke execute on functions from public;
        alter default privileges for role here_alone in schema public grant select on tables to shared with grant option";
    source.psql(&one.source_database, defaults).unwrap();
    made_before(&target, &one);
    succeeded(&one.transfer());
    succeeded(&two.transfer());
    assert_eq!(count(&target, &one.target_database, "pg_default_acl"), "3");
    target.psql("postgres", "grant set on parameter work_mem to shared").unwrap();
    let parameters = "pg_parameter_acl where paracl::text like '%shared=s%'";
    let before = state(&target, &two.target_database);
    assert!(before.contains("shared=c"), "{before}");
    let said = exited(&one.command(&["abort"]).output().unwrap(), 0);
    assert_eq!(before, state(&target, &two.target_database), "{said}");
    assert_eq!(count(&target, "postgres", parameters), "1");
    assert_eq!(count(&target, &one.target_database, "pg_default_acl"), "0", "{said}");
    for role in ["shared", "group_of_one"] {
        assert!(
            said.contains(&format!(
                "role {role} stays, with our membership in it: it is used in database {}",
                two.target_database
            )),
            "{said}"
        );
    }
    assert!(said.contains("dropped role here_alone"), "{said}");
    succeeded(&two.verify());
}

#[test]
fn abort_gives_a_database_back_word_for_word() {
    let (source, target) = servers(15);
    let way = Move::of(&source, &target, "word");
    let [from, to] = [&way.source_database, &way.target_database];
    let theirs = format!(
        "create role owner_there; create role reader_there; create table t (a int); alter table t owner to owner_there;
         alter schema public owner to owner_there; grant usage on schema public to reader_there with grant option; revoke usage on schema public from public;
         comment on schema public is 'theirs'; comment on database {from} is 'theirs'; alter database {from} owner to owner_there;
         alter database {from} connection limit 77; alter database {from} set work_mem = '6MB'; alter database {from} set statement_timeout = '1h';
         grant create on database {from} to reader_there; alter role reader_there in database {from} set work_mem = '7MB';
         alter default privileges for role owner_there grant all on tables to reader_there; alter default privileges revoke usage on types from public"
    );
    source.psql(from, &theirs).unwrap();
    target.psql("postgres", "create role operator; grant operator to ferry_master").unwrap();
    made_before(&target, &way);
    let ours = format!(
        "alter database {to} connection limit 55; alter database {to} set work_mem = '9MB'; alter database {to} set application_name = 'a owner to b';
         comment on database {to} is 'ours'; grant connect, create on database {to} to operator with grant option;
         alter role operator in database {to} set work_mem = '8MB'; alter schema public owner to ferry_master;
         grant create on schema public to operator with grant option; comment on schema public is 'our schema'"
    );
    target.psql(to, &ours).unwrap();
    target.psql(to, "set role operator; grant create on schema public to pg_monitor").unwrap();
    let before = state(&target, to);
    succeeded(&way.transfer());
    assert!(state(&target, to).contains("owner_there"), "{}", state(&target, to));
    let said = exited(&way.command(&["abort"]).output().unwrap(), 0);
    assert_eq!(before, state(&target, to), "{said}");
    assert!(
        said.contains("dropped role owner_there") && said.contains("dropped role reader_there"),
        "{said}"
    );
    // a database in which whatever is made gets rights that the source does not have is no empty one
    let sql = "alter default privileges grant select on tables to public";
    target.psql_as("ferry_master", target.password(), to, sql).unwrap();
    let again = Move::named(&source, &target, from.clone());
    let said = exited(&again.transfer(), 4);
    assert!(
        said.contains("PF0401") && said.contains("default privileges for role ferry_master on tables"),
        "{said}"
    );
}

/// A schema of one role with a table of another, who may not create there; and a step that takes its time.
const DOOR: &str = "
    create role own_s; create role own_t; create role own_p;
    create schema s authorization own_s; create table s.t (a int); alter table s.t owner to own_t;
    create table p (a int); alter table p owner to own_p; grant create on schema public to own_p;
    create materialized view slow as select pg_sleep(2)::text as slept";

#[test]
fn an_owner_who_was_let_in_is_let_out_by_whoever_follows() {
    let (source, target) = servers(15);
    let way = Move::of(&source, &target, "door");
    source.psql(&way.source_database, DOOR).unwrap();
    let mut running = way.begin(&[]);
    assert!(running.wait_for("refresh materialised views"));
    let mut holder = target.session(&way.target_database).unwrap();
    holder.run("begin; lock table s.t in access share mode").unwrap();
    let may = "select has_schema_privilege('own_t', 's', 'create')";
    let waits = "(select from pg_locks where not granted) l";
    eventually("a change of owner that waits", || count(&target, "postgres", waits) == "1");
    assert_eq!(target.psql(&way.target_database, may).unwrap().trim(), "t");
    running.kill();
    holder.run("rollback").unwrap();
    succeeded(&way.transfer());
    assert_eq!(target.psql(&way.target_database, may).unwrap().trim(), "f");
    assert_eq!(count(&target, &way.target_database, "pgferry.door"), "0");
    let kept = "select has_schema_privilege('own_p', 'public', 'create')";
    assert_eq!(target.psql(&way.target_database, kept).unwrap().trim(), "t");
    succeeded(&way.verify());
}

/// What only a member can make so.
const OWNED: &str = "
    do $$ begin
        if not exists (select from pg_roles where rolname = 'app') then create role app; create role reader; end if;
        execute format('alter database %I owner to app', current_database());
    end $$;
    create schema s authorization app; create table s.t (a int); alter table s.t owner to app; select lo_from_bytea(7, 'x');
    alter large object 7 owner to app; alter default privileges for role app grant select on tables to reader;
    set role app; grant select on s.t to reader";

/// Memberships of the master that are no mere right to administer.
const OF_MASTER: &str = "pg_auth_members m join pg_roles r on r.oid = m.roleid where member = 'ferry_master'::regrole and rolname in ('app', 'reader')";

fn second_database_keeps_its_owners(major: u16) {
    let (source, target) = servers(major);
    let acting = if 16 <= major {
        format!("{OF_MASTER} and (set_option or inherit_option)")
    } else {
        OF_MASTER.to_owned()
    };
    for (name, end) in [("first", "finish"), ("second", "finish"), ("third", "abort")] {
        let way = Move::of(&source, &target, name);
        source.psql(&way.source_database, OWNED).unwrap();
        let said = exited(&way.transfer(), 0);
        assert!(said.contains("everything was made as it is on the source"), "{name}: {said}");
        succeeded(&way.verify());
        let noted = if name == "first" { "0" } else { "1" };
        assert_eq!(count(&target, &way.target_database, "pgferry.joined"), noted, "{name}");
        let said = exited(&way.command(&[end]).output().unwrap(), 0);
        assert_eq!(count(&target, "postgres", &acting), "0", "{name}: {said}");
        assert_eq!(
            count(&target, "postgres", "pg_roles where rolname in ('app', 'reader')"),
            "2",
            "{name}: {said}"
        );
    }
}

#[test]
fn a_second_database_of_a_server_keeps_its_owners_on_15() {
    second_database_keeps_its_owners(15);
}

#[test]
fn a_second_database_of_a_server_keeps_its_owners_on_17() {
    second_database_keeps_its_owners(17);
}

#[test]
fn an_abort_after_another_run_has_left_the_owners_takes_everything_back() {
    let (source, target) = servers(17);
    let (one, two) = (Move::of(&source, &target, "one"), Move::of(&source, &target, "two"));
    made_before(&target, &two);
    let before = state(&target, &two.target_database);
    for way in [&one, &two] {
        source.psql(&way.source_database, OWNED).unwrap();
        succeeded(&way.transfer());
    }
    succeeded(&one.command(&["finish"]).output().unwrap());
    let said = exited(&two.command(&["abort"]).output().unwrap(), 0);
    assert_eq!(before, state(&target, &two.target_database), "{said}");
    assert_eq!(
        count(&target, "postgres", &format!("{OF_MASTER} and (set_option or inherit_option)")),
        "0",
        "{said}"
    );
}

#[test]
fn what_is_otherwise_with_a_role_that_was_there_is_named_and_left() {
    let (source, target) = servers(15);
    source
        .psql(
            "postgres",
            "create role grp; create role app login in role grp; create role same in role grp; comment on role app is 'theirs';
             alter role app set search_path = a, \"B\"; alter role app set app.key = 'hush'; alter role same set search_path = a, \"B\";
             alter role all set work_mem = '64MB'",
        )
        .unwrap();
    let theirs = "create role app nologin connection limit 5; alter role app set work_mem = '1MB'; alter role app password 'x'";
    target.psql("postgres", theirs).unwrap();
    let roles = "select rolcanlogin, rolconnlimit, (select string_agg(setconfig::text, ' ') from pg_db_role_setting where setrole = r.oid), \
                 (select count(*) from pg_auth_members where member = r.oid) from pg_roles r where rolname = 'app'";
    let before = target.psql("postgres", roles).unwrap();
    let named = [
        "alter role \"app\" with LOGIN CONNECTION LIMIT -1",
        "alter role \"app\" set \"search_path\" to 'a', 'B'",
        "alter role \"app\" set \"app\".\"key\" to …",
        "alter role \"app\" reset \"work_mem\"",
        "grant \"grp\" to \"app\"",
        "comment on role \"app\" is 'theirs'",
        "alter role all set \"work_mem\" to '64MB'",
    ];
    // a second run finds roles that the first has made: nothing is otherwise with them
    for name in ["first", "second"] {
        let way = Move::of(&source, &target, name);
        let said = exited(&way.transfer(), 0);
        for statement in named {
            assert!(said.contains(statement), "{name}: {statement}: {said}");
        }
        assert!(
            said.contains(&format!("on the target, but otherwise: {}", named.len()))
                && !said.contains("hush"),
            "{name}: {said}"
        );
        assert_eq!(before, target.psql("postgres", roles).unwrap(), "{name}");
        succeeded(&way.command(&["finish"]).output().unwrap());
    }
}

#[test]
fn a_right_that_the_target_only_warns_of_is_named() {
    let (source, target) = servers(15);
    let way = Move::of(&source, &target, "warned");
    let hardened = "create extension pgcrypto; revoke execute on function gen_salt(text) from public; revoke usage on language plpgsql from public;
        revoke execute on function pg_catalog.pg_sleep(double precision) from public";
    source.psql(&way.source_database, hardened).unwrap();
    let said = exited(&way.transfer(), 0);
    // the answers are gone with the process: who follows it hears them again
    cut_journal(&way.dir(), "\"started\":\"rights\"");
    let again = exited(&way.transfer(), 0);
    for lost in [
        "gen_salt(text) FROM PUBLIC",
        "LANGUAGE plpgsql FROM PUBLIC",
        "pg_sleep(double precision) FROM PUBLIC",
    ] {
        for said in [&said, &again] {
            assert!(
                said.contains("it stays as it is there: REVOKE") && said.contains(lost),
                "{lost}: {said}"
            );
        }
    }
}

#[test]
fn limits_of_the_database_arrive_or_are_named() {
    let (source, target) = servers(15);
    for (limit, there, named) in [(40, "40", false), (2, "-1", true)] {
        let way = Move::of(&source, &target, "limit");
        let [from, to] = [&way.source_database, &way.target_database];
        source
            .psql("postgres", &format!("alter database {from} connection limit {limit} is_template true"))
            .unwrap();
        let said = exited(&way.transfer(), 0);
        let now = format!("select datconnlimit from pg_database where datname = '{to}'");
        assert_eq!(target.psql("postgres", &now).unwrap().trim(), there, "{said}");
        let later = format!("alter database \"{to}\" connection limit {limit}");
        assert_eq!(said.contains(&later), named, "{said}");
        assert!(said.contains(&format!("alter database \"{to}\" is_template true")), "{said}");
        succeeded(&way.command(&["finish"]).output().unwrap());
    }
}

#[test]
fn a_target_database_of_somebody_else_is_named() {
    let (source, target) = servers(15);
    let way = Move::of(&source, &target, "theirs");
    let to = &way.target_database;
    source.psql(&way.source_database, "create role app; create table t (a int)").unwrap();
    source.psql("postgres", &format!("grant connect on database {} to app", way.source_database)).unwrap();
    target.psql("postgres", &format!("create database {to}")).unwrap();
    target.psql("postgres", &format!("grant create on database {to} to ferry_master")).unwrap();
    target.psql(to, "grant create on schema public to ferry_master").unwrap();
    let said = String::from_utf8_lossy(&way.transfer().stdout).into_owned();
    assert!(
        said.contains("right of PUBLIC to connect") && said.contains("CONNECT on the database for \"app\""),
        "{said}"
    );
}
