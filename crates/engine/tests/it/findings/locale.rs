//! Encoding, locale, collations.

use pgferry_lab::{Major, fresh_database, shared};

use super::{Case, Depth, check, judgement, judgement_of_both, names, of};

const CASES: &[Case] = &[
    Case {
        finding: "collation-drift",
        majors: 13..=18,
        offender: "create collation drifted (provider = icu, locale = 'de'); create table drift (a text collate drifted); \
                   update pg_catalog.pg_collation set collversion = '1' where collname = 'drifted'",
        object: "public.drifted",
        near_miss: "create collation steady (provider = icu, locale = 'fr'); create table steady (a text collate steady)",
        innocent: "public.steady",
        mended: false,
    },
    Case {
        finding: "collation-partition-bound",
        majors: 13..=18,
        offender: "create table by_text (a text) partition by range (a)",
        object: "public.by_text",
        near_miss: "create table by_bytes (a text collate \"C\") partition by range (a)",
        innocent: "public.by_bytes",
        mended: false,
    },
    Case {
        finding: "type-money",
        majors: 13..=18,
        offender: "create domain price as money; create table priced (a price[])",
        object: "public.priced.a",
        near_miss: "create table counted (a numeric[])",
        innocent: "public.counted.a",
        mended: false,
    },
];

#[tokio::test]
async fn findings_about_locale() {
    check(CASES).await;
}

#[tokio::test]
async fn an_encoding_is_named_unless_it_is_utf8() {
    let server = shared(Major(15));
    for (name, encoding) in [("of_ascii", "SQL_ASCII"), ("of_latin", "LATIN1")] {
        let like = format!("encoding '{encoding}' lc_collate 'C' lc_ctype 'C' template template0");
        server.psql("postgres", &format!("create database {name} {like}")).unwrap();
        let found = judgement(&server.uri(name), Depth { deep: true, probe: false }).await;
        assert!(names(&found, "encoding-other", name), "{name}: {found:#?}");
        let untold = found.unknown.iter().any(|unknown| unknown.what == "encoding-bytes");
        assert_eq!(untold, encoding == "SQL_ASCII");
    }
    let database = fresh_database(server, "of_utf8").unwrap();
    assert_eq!(of(&judgement(&server.uri(&database), Depth::default()).await, "encoding-other"), None);
}

#[tokio::test]
async fn a_locale_is_there_not_there_or_unknown() {
    let (old, new) = (shared(Major(15)), shared(Major(18)));
    let source = fresh_database(new, "locales").unwrap();
    let target = fresh_database(old, "locales").unwrap();
    let both =
        async |source: &str| judgement_of_both(&new.uri(source), &old.uri(&target), Depth::default()).await;
    let unknown =
        |found: &super::Judgement| found.unknown.iter().any(|unknown| unknown.what == "locale-not-on-target");
    new.psql(&source, "create collation known (provider = icu, locale = 'de')").unwrap();
    let found = both(&source).await;
    assert!(!unknown(&found) && of(&found, "locale-not-on-target").is_none(), "{found:#?}");
    new.psql(&source, "create collation odd (provider = icu, locale = 'de-u-ks-level1')").unwrap();
    assert!(unknown(&both(&source).await));
    let builtin = "locale_provider builtin builtin_locale 'C.UTF-8' template template0";
    new.psql("postgres", &format!("create database builtin_locale {builtin}")).unwrap();
    assert!(names(&both("builtin_locale").await, "locale-not-on-target", "builtin_locale"));
}
