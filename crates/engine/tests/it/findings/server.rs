//! The server itself.

use std::fs;

use pgferry_lab::{Major, Server, fresh_database, shared, shared_rds_like};

use super::{Depth, judgement, names, of};

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
async fn a_standby_is_no_primary() {
    let server = Server::start(Major(15)).unwrap();
    server.stop().unwrap();
    fs::write(server.data_dir().join("standby.signal"), "").unwrap();
    server.start_again().unwrap();
    let found = judgement(&server.uri("postgres"), Depth::default()).await;
    assert!(names(&found, "server-in-recovery", "server"), "{found:#?}");
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
