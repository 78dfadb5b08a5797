//! Encoding, locale, collations.

use pgferry_lab::{Major, fresh_database, shared};

use super::{Case, Depth, MAJORS, check, judgement, judgement_of_both, names, of};

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
        let found = judgement(&server.uri(name), Depth::default()).await;
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
    new.psql("postgres", "create database fast_locale locale_provider builtin builtin_locale 'PG_UNICODE_FAST' template template0")
        .unwrap();
    assert!(names(&both("fast_locale").await, "locale-not-on-target", "fast_locale"));
    let builtin = "locale_provider builtin builtin_locale 'C.UTF-8' template template0";
    new.psql("postgres", &format!("create database builtin_locale {builtin}")).unwrap();
    assert!(names(&both("builtin_locale").await, "locale-not-on-target", "builtin_locale"));
}

/// Every collation that is made here, and what a target keeps of the trials.
#[tokio::test]
async fn with_probe_a_locale_is_tried_on_the_target_and_nothing_stays_there() {
    let probe = Depth { deep: false, probe: true };
    for (from, to) in [(Major(13), Major(15)), (Major(15), Major(18))] {
        let (from, to) = (shared(from), shared(to));
        let [source, target] = [fresh_database(from, "tried").unwrap(), fresh_database(to, "tried").unwrap()];
        let collations = "create collation here (provider = icu, locale = 'de-u-ks-level1'); \
            create collation nowhere (provider = icu, locale = 'xx-nonsense'); \
            create collation \"Not there\" (provider = libc, locale = 'C.UTF-8'); \
            update pg_catalog.pg_collation set collcollate = 'xx_YY.UTF-8', collctype = 'xx_YY.UTF-8' \
            where collname = 'Not there'";
        from.psql(&source, collations).unwrap();
        let kept = "select count(*), (select count(*) from pg_namespace where nspname ~ '^pg_temp') from pg_collation";
        let before = to.psql(&target, kept).unwrap();
        let found = judgement_of_both(&from.uri(&source), &to.uri(&target), probe).await;
        assert!(names(&found, "locale-not-on-target", "public.\"Not there\""), "{found:#?}");
        assert!(!names(&found, "locale-not-on-target", "public.here"), "{found:#?}");
        // ICU of a server before 16 takes any name
        assert_eq!(names(&found, "locale-not-on-target", "public.nowhere"), to.major() == Major(18));
        assert!(!found.unknown.iter().any(|unknown| unknown.what == "locale-not-on-target"), "{found:#?}");
        assert_eq!(to.psql(&target, kept).unwrap(), before);
        to.psql(
            "postgres",
            &format!(
                "revoke temporary on database {target} from public; create role no_temp login password 'few'"
            ),
        )
        .unwrap();
        let few = to.uri_as("no_temp", "few", &target);
        let untold = judgement_of_both(&from.uri(&source), &few, probe).await;
        let untold = untold.unknown.iter().find(|unknown| unknown.what == "locale-not-on-target").unwrap();
        let (grant, _) = untold.lifted_by.split_once(';').unwrap();
        to.psql(&target, grant).unwrap();
        let told = judgement_of_both(&from.uri(&source), &few, probe).await;
        assert!(names(&told, "locale-not-on-target", "public.\"Not there\""), "{told:#?}");
        to.psql(&target, "drop owned by no_temp; drop role no_temp").unwrap();
    }
}

const BYTES: &str = "create table \"Told\" (id int primary key, a text, tags varchar[], j jsonb); \
    insert into \"Told\" values (1, 'plain', null, null), (2, E'caf\\xc3\\xa9', null, null), (3, E'caf\\xe9', null, null), \
        (4, E'\\xed\\xa0\\x80', null, null), (5, E'\\xc0\\x80', array['a', E'\\xff'], null), (6, E'\\xf0\\x9f\\x98\\x80', null, null); \
    create table keyed (name text primary key); insert into keyed values (E'na\\xefve'), (E'na\\xc3\\xafve'); \
    create table keyless (a text); insert into keyless values (E'\\x80'); \
    create table fine (a text, b bytea); insert into fine values (E'\\xe2\\x82\\xac', '\\xff')";

#[tokio::test]
async fn bytes_that_are_no_utf8_are_listed_with_their_keys() {
    let deep = Depth { deep: true, probe: false };
    for major in MAJORS {
        let server = shared(major);
        let like = "encoding 'SQL_ASCII' lc_collate 'C' lc_ctype 'C' template template0";
        for name in ["of_bytes", "for_bytes"] {
            server.psql("postgres", &format!("create database {name} {like}")).unwrap();
        }
        server.psql("of_bytes", BYTES).unwrap();
        let found = judgement(&server.uri("of_bytes"), deep).await;
        let objects = &of(&found, "encoding-bytes").unwrap().objects;
        let objects: Vec<_> =
            objects.iter().map(|object| (object.name.as_str(), object.detail.as_deref().unwrap())).collect();
        let expected = [
            ("public.\"Told\".a", "3 rows: id=3; id=4; id=5"),
            ("public.\"Told\".tags", "1 rows: id=5"),
            ("public.keyed.name", "1 rows: name=na\\357ve"),
            ("public.keyless.a", "1 rows: ctid=(0,1)"),
        ];
        assert_eq!(objects, expected, "{major:?}");
        server.psql("postgres", "create role no_bytes login password 'few'").unwrap();
        let few = judgement(&server.uri_as("no_bytes", "few", "of_bytes"), deep).await;
        let told = few.unknown.iter().find(|unknown| unknown.what == "encoding-bytes").unwrap();
        assert!(told.lifted_by.starts_with("GRANT "), "{told:?}");
        let [source, ascii] = ["of_bytes", "for_bytes"].map(|name| server.uri(name));
        let kept = judgement_of_both(&source, &ascii, deep).await;
        assert_eq!(of(&kept, "encoding-bytes"), None, "the target keeps any byte too");
        let utf8 = fresh_database(server, "for_bytes").unwrap();
        let changed = judgement_of_both(&source, &server.uri(&utf8), deep).await;
        assert!(names(&changed, "encoding-bytes", "public.keyed.name"));
        let mend =
            "update \"Told\" set a = '', tags = null where id > 2; delete from keyed; delete from keyless";
        server.psql("of_bytes", mend).unwrap();
        assert_eq!(of(&judgement(&server.uri("of_bytes"), deep).await, "encoding-bytes"), None);
    }
}
