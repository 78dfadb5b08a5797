//! A database made like another.

use pgferry_engine::{
    Kind, Side,
    catalog::Database,
    pg::{
        client::Client,
        conninfo::{Conninfo, Defaults},
        session::Endpoint,
    },
    target::database,
};
use pgferry_lab::{Major, fresh_database, shared};

async fn client(uri: &str) -> Client {
    client_of(uri, "database", 1).await
}

async fn client_of(uri: &str, run: &str, epoch: i32) -> Client {
    let info = Conninfo::parse(uri, Side::Target, &Defaults::default()).unwrap();
    Endpoint::new(info, run, epoch).client().await.unwrap()
}

#[tokio::test]
async fn an_icu_database_keeps_its_locale_and_rules() {
    let (source, target) = (shared(Major(16)), shared(Major(18)));
    let name = fresh_database(source, "icu_rules").unwrap();
    source.psql("postgres", &format!("drop database {name}")).unwrap();
    let locale = "encoding 'UTF8' locale_provider icu icu_locale 'und' icu_rules '&z < a'";
    source.psql("postgres", &format!("create database {name} template template0 {locale}")).unwrap();
    let like = Database::read(&client(&source.uri(&name)).await).await.unwrap();
    database::create(&client(&target.uri("postgres")).await, &name, &like).await.unwrap();
    let order = "select string_agg(a, '' order by a) from unnest(array['z', 'a', 'b']) a";
    assert_eq!(target.psql(&name, order).unwrap().trim(), "bza");
}

#[tokio::test]
async fn every_major_tells_its_locale() {
    for (major, icu_rules) in [(13, None), (15, None), (16, Some("&z < a")), (17, Some("&z < a"))] {
        let server = shared(Major(major));
        let plain = Database::read(&client(&server.uri("postgres")).await).await.unwrap();
        assert_eq!((plain.provider.as_str(), plain.locale, plain.rules), ("c", None, None), "{major}");
        if major < 15 {
            continue;
        }
        let name = fresh_database(server, "icu_locale").unwrap();
        server.psql("postgres", &format!("drop database {name}")).unwrap();
        let rules = icu_rules.map(|rules| format!("icu_rules '{rules}'")).unwrap_or_default();
        let locale = format!("encoding 'UTF8' locale_provider icu icu_locale 'de' {rules}");
        server.psql("postgres", &format!("create database {name} template template0 {locale}")).unwrap();
        let icu = Database::read(&client(&server.uri(&name)).await).await.unwrap();
        let told = (icu.provider.as_str(), icu.locale.as_deref(), icu.rules.as_deref());
        assert_eq!(told, ("i", Some("de"), icu_rules), "{major}");
    }
}

#[tokio::test]
async fn a_run_ends_its_other_sessions_with_what_they_are_at_and_no_other_runs() {
    let server = shared(Major(15));
    let uri = server.uri(&fresh_database(server, "sessions").unwrap());
    let (ours, stranger) = (client_of(&uri, "run", 2).await, client_of(&uri, "run of others", 2).await);
    let (earlier, same) = (client_of(&uri, "run", 1).await, client_of(&uri, "run", 2).await);
    let ended = database::end_other_sessions(&ours, "run");
    let (interrupted, ended) = tokio::join!(earlier.run("be slow", "select pg_sleep(600)"), ended);
    assert_eq!(interrupted.unwrap_err().kind, Kind::ConnectionLost);
    ended.unwrap();
    assert_eq!(same.run("say something", "select 1").await.unwrap_err().kind, Kind::ConnectionLost);
    stranger.run("say something", "select 1").await.unwrap();
}
