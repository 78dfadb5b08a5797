//! A database made like another.

use pgferry_engine::{
    Side,
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
    let info = Conninfo::parse(uri, Side::Target, &Defaults::default()).unwrap();
    Endpoint::new(info, "database", 1).client().await.unwrap()
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
