//! The database itself: how it stores and orders text.

use pgferry_engine::verify::Verdict;
use pgferry_lab::{Major, Server, fresh_database, shared};

use super::still;

/// A database for each side, made like this.
async fn compared(source: (&Server, &str), target: (&Server, &str)) -> Verdict {
    let make = |(server, like): (&Server, &str)| {
        let name = fresh_database(server, "locale").unwrap();
        server.psql("postgres", &format!("drop database {name}")).unwrap();
        server.psql("postgres", &format!("create database {name} template template0 {like}")).unwrap();
        name
    };
    let (ours, theirs) = (make(source), make(target));
    still((source.0, target.0), (&ours, &theirs), |_| true).await.unwrap()
}

fn keys(verdict: &Verdict) -> Vec<&str> {
    verdict.differences.iter().map(|one| one.key.as_str()).collect()
}

const LIBC: &str = "encoding 'UTF8' locale 'C.UTF-8'";
const ICU: &str = "encoding 'UTF8' locale 'C.UTF-8' locale_provider icu icu_locale";

#[tokio::test]
async fn another_order_of_texts_is_a_difference() {
    let server = shared(Major(15));
    let said = compared((server, LIBC), (server, &format!("{ICU} 'de'"))).await;
    assert_eq!(keys(&said), ["locale", "locale provider"], "{said:#?}");
    let said = compared((server, &format!("{ICU} 'en'")), (server, &format!("{ICU} 'de'"))).await;
    assert_eq!(keys(&said), ["locale"], "{said:#?}");
    let said = compared((server, LIBC), (server, "encoding 'UTF8' lc_collate 'C' lc_ctype 'C.UTF-8'")).await;
    assert_eq!(keys(&said), ["collate"], "{said:#?}");
    let newer = shared(Major(17));
    let builtin = "encoding 'UTF8' locale 'C.UTF-8' locale_provider builtin builtin_locale 'C.UTF-8'";
    let said = compared((server, LIBC), (newer, builtin)).await;
    assert_eq!(keys(&said), ["locale", "locale provider"], "{said:#?}");
}

#[tokio::test]
async fn another_encoding_is_a_difference_unless_it_holds_every_character() {
    let server = shared(Major(15));
    let (none, latin, unicode) =
        ("encoding 'SQL_ASCII' locale 'C'", "encoding 'LATIN1' locale 'C'", "encoding 'UTF8' locale 'C'");
    for (ours, theirs) in [(none, unicode), (unicode, none), (unicode, latin), (latin, none)] {
        let said = compared((server, ours), (server, theirs)).await;
        assert_eq!(keys(&said), ["encoding"], "{said:#?}");
    }
    let said = compared((server, latin), (server, unicode)).await;
    assert!(said.is_equal() && said.notes.len() == 1 && said.notes[0].contains("LATIN1"), "{said:#?}");
}

/// 16 and newer rewrite an ICU locale as a language tag.
#[tokio::test]
async fn an_icu_locale_is_the_same_in_the_words_of_a_newer_server() {
    let (older, newer) = (shared(Major(15)), shared(Major(17)));
    let old_words = format!("{ICU} 'de@collation=phonebook'");
    let said = compared((older, &old_words), (newer, &old_words)).await;
    assert!(said.is_equal(), "{said:#?}");
    let said = compared((older, &old_words), (newer, &format!("{ICU} 'de'"))).await;
    assert_eq!(keys(&said), ["locale"], "{said:#?}");
}
