//! The server itself.

use pgferry_engine::{
    Side,
    assess::{
        self,
        facts::Facts,
        finding::{Severities, Severity},
    },
};
use pgferry_lab::{Major, Server, fresh_database, shared, shared_rds_like};

use super::{Depth, MAJORS, client, evidence, judgement, names, of, until};

#[tokio::test]
async fn a_provider_is_known_by_its_roles() {
    let server = shared_rds_like(Major(15));
    let database = fresh_database(server, "managed").unwrap();
    let found = judgement(&server.master_uri(&database), Depth::default()).await;
    assert!(names(&found, "engine-managed", "rds_superuser"), "{found:#?}");
    let server = shared(Major(15));
    let database = fresh_database(server, "own").unwrap();
    assert_eq!(of(&judgement(&server.uri(&database), Depth::default()).await, "engine-managed"), None);
}

#[tokio::test]
async fn an_old_version_is_noted_and_a_sound_one_is_not() {
    for (major, noted) in [(13, true), (15, false), (18, false)] {
        let server = shared(Major(major));
        let found = judgement(&server.uri("postgres"), Depth::default()).await;
        assert_eq!(names(&found, "version-unsupported", "server"), noted, "{major}");
        for name in
            ["engine-fork", "minor-decoding-bugs", "pooler-on-port", "build-differs", "server-in-recovery"]
        {
            assert_eq!(of(&found, name), None, "{major}");
        }
    }
}

#[tokio::test]
async fn a_standby_names_its_primary_and_is_named_there() {
    for major in MAJORS {
        let primary = Server::start(major).unwrap();
        follow_by_a_subscription(&primary);
        let standby = primary.standby().unwrap();
        let found = until(&primary.uri("postgres"), |found| {
            names(found, "standbys", "lab_standby") && names(found, "slot-consumer", "by_rows")
        })
        .await;
        // who decodes our WAL is no standby
        assert!(!names(&found, "standbys", "by_rows"), "{found:#?}");
        assert_eq!(of(&found, "server-in-recovery"), None);

        let found = judgement(&standby.uri("postgres"), Depth { deep: true, probe: false }).await;
        let finding = of(&found, "server-in-recovery").unwrap();
        assert!(names(&found, "server-in-recovery", "server"), "{found:#?}");
        assert_eq!(finding.objects[0].detail.as_deref(), Some("a standby of 127.0.0.1"));
        assert_eq!(
            finding.severity,
            Severities::new(Severity::Blocker, Severity::Warning, Severity::Blocker)
        );
        assert!(!names(&found, "standbys", "lab_standby"));
        // every question was answered; what a standby does not keep is said
        let [unknown] = found.unknown.as_slice() else { panic!("{major}: {:#?}", found.unknown) };
        assert!(unknown.what.contains("standbys") && unknown.what.contains("slot-forgotten"), "{unknown:?}");
        assert_eq!(unknown.because, "the source is a standby, where this is not kept");
    }
}

/// Rows of the server's database `postgres` go to another database of it, by a subscription of the name `by_rows`.
fn follow_by_a_subscription(server: &Server) {
    server.create_database("reader").unwrap();
    for sql in [
        "create unlogged table fleeting (a int); create table kept (a int primary key)",
        "insert into fleeting values (1); insert into kept values (1)",
        "create publication kept for table kept",
        "select pg_create_logical_replication_slot('by_rows', 'pgoutput')",
    ] {
        server.psql("postgres", sql).unwrap();
    }
    let sql = format!(
        "create table kept (a int primary key); create subscription by_rows connection '{}' publication kept \
         with (create_slot = false, slot_name = 'by_rows', copy_data = false)",
        server.uri("postgres")
    );
    for sql in sql.split("; ") {
        server.psql("reader", sql).unwrap();
    }
}

/// Stands in for a build that nobody ships: the settings are preset when a server is compiled.
#[tokio::test]
async fn a_stand_in_for_another_build_is_told_by_each_limit_that_differs() {
    let source = client(&shared(Major(15)).uri("postgres"), Side::Source, Depth::default()).await;
    let mut facts = Facts::read(&source).await.unwrap();
    for (name, value) in [("block_size", "32768"), ("max_index_keys", "64"), ("segment_size", "1")] {
        value.clone_into(&mut facts.settings.get_mut(name).unwrap().value);
    }
    let evidence = evidence(facts, None, Depth::default());
    let found = assess::judge(&[&source], None, &evidence).await.unwrap();
    let objects = &of(&found, "build-differs").unwrap().objects;
    let told: Vec<_> =
        objects.iter().map(|object| (object.name.as_str(), object.detail.as_deref())).collect();
    assert_eq!(
        told,
        [("block_size", Some("32768, not 8192")), ("max_index_keys", Some("64, not 32"))],
        "max_identifier_length is as it is everywhere, and segments harm nobody"
    );
}

#[tokio::test]
async fn an_invalid_database_is_worse_than_another_one() {
    let server = shared(Major(15));
    let [other, invalid] = ["other", "invalid"].map(|name| fresh_database(server, name).unwrap());
    server
        .psql("postgres", &format!("update pg_database set datconnlimit = -2 where datname = '{invalid}'"))
        .unwrap();
    let found = judgement(&server.uri(&other), Depth::default()).await;
    let finding = of(&found, "database-others").unwrap();
    let graded =
        |name: &str| finding.objects.iter().find(|object| object.name == name).unwrap().severity.is_some();
    assert!(graded(&invalid) && !graded("postgres") && !names(&found, "database-others", &other));
    assert_eq!(finding.sql, [format!("DROP DATABASE {invalid}")]);
    server.psql("postgres", &finding.sql[0]).unwrap();
}
