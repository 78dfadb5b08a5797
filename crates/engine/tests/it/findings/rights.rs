//! What a role with few rights is told, and that it may do all once it was given what it was told.

use pgferry_engine::{
    Side,
    assess::{self, facts::Facts},
};
use pgferry_lab::{Major, fresh_database, shared};

use super::{Depth, client, evidence, judgement, names, of};

const OBJECTS: &str = "
    create table hidden (a int); alter table hidden owner to rights_owner; alter table hidden enable row level security;
    create table open (a int); alter table open owner to rights_owner; grant select, update on open to \"Rights few\";
    create table inserted (a int); alter table inserted owner to rights_owner; grant insert on inserted to \"Rights few\";
    create sequence counter; alter sequence counter owner to rights_owner;
    select lo_create(4711); alter large object 4711 owner to rights_owner;";

#[tokio::test]
async fn a_role_is_told_what_it_lacks_and_the_grants_mend_it() {
    for major in super::MAJORS {
        let server = shared(major);
        let database = fresh_database(server, "rights").unwrap();
        for sql in [
            "create role rights_owner".to_owned(),
            "create role \"Rights few\" login password 'few' connection limit 6".to_owned(),
            "alter role \"Rights few\" set lock_timeout = '5s'".to_owned(),
            format!("alter database {database} owner to rights_owner"),
        ] {
            server.psql("postgres", &sql).unwrap();
        }
        server.psql(&database, OBJECTS).unwrap();
        let other = server.session_as("Rights few", "few", &database).unwrap();
        let uri = server.uri_as("Rights few", "few", &database);
        let found = judgement(&uri, Depth::default()).await;
        let expected = [
            ("role-no-replication", "\"Rights few\""),
            ("hba-refuses", "\"Rights few\""),
            ("role-rls-blind", "public.hidden"),
            ("role-no-select", "public.hidden"),
            ("role-no-select", "public.counter"),
            ("role-no-select", "large objects"),
            ("role-not-owner", "public.open"),
            ("role-not-owner", database.as_str()),
            ("role-no-lock", "public.inserted"),
            ("role-no-fence", database.as_str()),
            ("role-no-fence", "\"Rights few\""),
            ("role-shared", "\"Rights few\""),
            ("role-settings", "lock_timeout"),
            ("connections-short", "\"Rights few\""),
        ];
        for (finding, object) in expected {
            assert!(
                names(&found, finding, object),
                "{major:?}: {finding} does not name {object}: {found:#?}"
            );
        }
        for (finding, object) in [
            ("role-rls-blind", "public.open"),
            ("role-no-select", "public.open"),
            ("role-no-lock", "public.open"),
        ] {
            assert!(!names(&found, finding, object), "{major:?}: {finding} names {object}");
        }
        let names: Vec<&str> = expected.iter().map(|(finding, _)| *finding).collect();
        for sql in names.iter().flat_map(|finding| &of(&found, finding).unwrap().sql) {
            server.psql(&database, sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
        }
        drop(other);
        let found = judgement(&uri, Depth::default()).await;
        for finding in names.iter().filter(|finding| !["role-shared", "role-no-fence"].contains(finding)) {
            assert_eq!(of(&found, finding), None, "{major:?}");
        }
    }
}

/// One session of the role is ours.
#[tokio::test]
async fn connections_are_short_by_as_many_pairs_as_are_asked_for() {
    let server = shared(Major(15));
    server.psql("postgres", "create role pairs login password 'few' connection limit 10").unwrap();
    let source = client(&server.uri_as("pairs", "few", "postgres"), Side::Source, Depth::default()).await;
    let mut evidence = evidence(Facts::read(&source).await.unwrap(), None, Depth::default());
    for (jobs, short) in [(4, false), (5, true)] {
        evidence.jobs = jobs;
        let found = assess::judge(&[&source], None, &evidence).await.unwrap();
        assert_eq!(names(&found, "connections-short", "pairs"), short, "{found:#?}");
    }
}
