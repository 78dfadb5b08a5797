//! Roles, rights, settings.

use pgferry_engine::assess::Depth;
use pgferry_lab::{Major, Server, fresh_database, shared, shared_rds_like};

use super::{Case, MAJORS, check, judgement, judgement_of_both, names, of};

const CASES: &[Case] = &[
    Case {
        finding: "owner-superuser",
        offender: "create role \"Odd super\" superuser; create table of_super (a int);
                   alter table of_super owner to \"Odd super\"",
        object: "\"Odd super\"",
        near_miss: "create role odd_plain; create table of_plain (a int); alter table of_plain owner to odd_plain",
        innocent: "odd_plain",
        ..Case::BASE
    },
    Case {
        finding: "role-attributes",
        offender: "create role odd_stream replication",
        object: "odd_stream",
        near_miss: "create role odd_maker createdb createrole",
        innocent: "odd_maker",
        ..Case::BASE
    },
    Case {
        finding: "role-attributes",
        offender: "create role odd_reader; grant pg_read_server_files to odd_reader",
        object: "odd_reader",
        near_miss: "create role odd_watcher; grant pg_monitor to odd_watcher",
        innocent: "odd_watcher",
        ..Case::BASE
    },
    Case {
        finding: "role-reserved",
        offender: "create role rdstream",
        object: "rdstream",
        near_miss: "create role our_rds",
        innocent: "our_rds",
        ..Case::BASE
    },
    Case {
        finding: "role-grantor",
        offender: "create role odd_group; create role odd_member; grant odd_group to odd_member",
        object: "odd_member",
        innocent: "odd_group",
        ..Case::BASE
    },
    Case {
        finding: "password-md5",
        offender: "set password_encryption = 'md5'; create role odd_md5 login password 'x'",
        object: "odd_md5",
        near_miss: "set password_encryption = 'scram-sha-256'; create role odd_scram login password 'x'",
        innocent: "odd_scram",
        ..Case::BASE
    },
    Case {
        finding: "password-not-carried",
        offender: "create role odd_peer login",
        object: "odd_peer",
        near_miss: "create role odd_nologin; create role odd_kept login password 'x'",
        innocent: "odd_kept",
        ..Case::BASE
    },
    Case {
        finding: "password-not-carried",
        offender: "create role odd_late login password 'x' valid until '2020-01-01'",
        object: "odd_late",
        innocent: "odd_nologin",
        ..Case::BASE
    },
    Case {
        finding: "grant-dangling",
        offender: "create table haunted (a int); set allow_system_table_mods = on;
                   update pg_catalog.pg_class set relacl = array[makeaclitem(99999, 10, 'SELECT', false)]
                   where oid = 'haunted'::regclass",
        object: "public.haunted",
        near_miss: "create table shared_out (a int); grant select on shared_out to public, odd_plain",
        innocent: "public.shared_out",
        ..Case::BASE
    },
    Case {
        finding: "grant-on-system",
        offender: "grant select on pg_catalog.pg_authid to odd_plain",
        object: "pg_catalog.pg_authid",
        innocent: "pg_catalog.pg_class",
        ..Case::BASE
    },
    Case {
        finding: "grant-on-system",
        offender: "revoke execute on function pg_catalog.pg_sleep(double precision) from public",
        object: "pg_catalog.pg_sleep(double precision)",
        innocent: "pg_catalog.pg_read_file(text)",
        ..Case::BASE
    },
    Case {
        finding: "public-schema-open",
        offender: "grant create on schema public to public",
        object: "public",
        near_miss: "create schema ajar; grant create on schema ajar to public",
        innocent: "ajar",
        ..Case::BASE
    },
    Case {
        finding: "settings-stored",
        offender: "do $$ begin execute format('alter database %I set work_mem = ''5MB''', current_database()); end $$",
        object: "work_mem",
        near_miss: "create function hungry() returns int language sql set maintenance_work_mem = '5MB' as 'select 1'",
        innocent: "maintenance_work_mem",
        ..Case::BASE
    },
    Case {
        finding: "settings-stored",
        offender: "create role odd_settings; alter role odd_settings set log_min_duration_statement = 7",
        object: "log_min_duration_statement",
        ..Case::BASE
    },
];

#[tokio::test]
async fn findings_about_roles() {
    check(CASES).await;
}

#[tokio::test]
async fn a_fresh_database_has_no_finding_about_rights() {
    for major in 13..=18 {
        let server = Server::start(Major(major)).unwrap();
        let found = judgement(&server.uri("postgres"), Depth::default()).await;
        for name in
            ["grant-on-system", "grant-dangling", "role-grantor", "role-attributes", "settings-stored"]
        {
            assert_eq!(of(&found, name), None, "{major}");
        }
        assert_eq!(names(&found, "public-schema-open", "public"), major < 15, "{major}");
    }
}

#[tokio::test]
async fn a_granted_parameter_is_told() {
    let server = Server::start(Major(15)).unwrap();
    server
        .psql("postgres", "create role app; grant set on parameter session_replication_role to app, public")
        .unwrap();
    let found = judgement(&server.uri("postgres"), Depth::default()).await;
    let finding = of(&found, "grant-on-system").unwrap();
    let [object] = finding.objects.as_slice() else { panic!("{finding:#?}") };
    assert_eq!(object.name, "session_replication_role");
    assert_eq!(object.detail.as_deref(), Some("SET granted to PUBLIC, SET granted to app"));
}

#[tokio::test]
async fn roles_of_a_server_like_rds_are_not_the_users() {
    let server = Server::options(Major(15)).rds_like().start().unwrap();
    let found = judgement(&server.uri("postgres"), Depth::default()).await;
    for name in ["role-reserved", "role-attributes"] {
        assert_eq!(of(&found, name), None, "{name}");
    }
}

#[tokio::test]
async fn a_role_named_as_the_targets_master_is_told() {
    let (server, target) = (Server::start(Major(18)).unwrap(), shared_rds_like(Major(18)));
    server.psql("postgres", "create role ferry_master; create role rdsomething").unwrap();
    let (source, master) = (server.uri("postgres"), target.master_uri("postgres"));
    let found = judgement_of_both(&source, &master, Depth::default()).await;
    assert!(names(&found, "role-reserved", "ferry_master"), "{found:#?}");
    assert!(names(&found, "role-reserved", "rdsomething"));
    assert!(!names(&found, "role-reserved", "postgres"));
}

#[tokio::test]
async fn settings_that_change_answers_are_brought_over_by_their_statements() {
    for major in MAJORS {
        let server = shared(major);
        let (here, there) =
            (fresh_database(server, "here").unwrap(), fresh_database(server, "there").unwrap());
        let sql = format!(
            "alter database {here} set timezone = 'Europe/Paris';
             alter database {here} set search_path = app, \"Two words\", public;
             alter database {here} set datestyle = 'SQL, DMY';
             alter database {here} set work_mem = '7MB'"
        );
        server.psql("postgres", &sql).unwrap();
        let (source, target) = (server.uri(&here), server.uri(&there));
        let found = judgement_of_both(&source, &target, Depth::default()).await;
        let finding = of(&found, "settings-behaviour").unwrap();
        let named: Vec<_> = finding.objects.iter().map(|object| object.name.as_str()).collect();
        assert_eq!(named, ["DateStyle", "TimeZone", "search_path"], "{major:?}");
        for sql in &finding.sql {
            server.psql("postgres", sql).unwrap();
        }
        let found = judgement_of_both(&source, &target, Depth::default()).await;
        assert_eq!(of(&found, "settings-behaviour"), None, "{major:?}");
    }
}
