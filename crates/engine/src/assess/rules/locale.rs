//! Encoding, locale, collations.

use super::{
    super::{
        Evidence,
        facts::{Collation, Facts},
        finding::{
            Due, Severities,
            Severity::{Blocker, Change, Note, Warning},
        },
        rule::{Answer, Ask, Hit, Rule},
    },
    ask,
};
use crate::{error::Side, sql::sql};

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "encoding-other",
        code: "PF1201",
        title: "an encoding other than UTF8",
        severity: Severities::all(Note),
        effect: "under SQL_ASCII any byte may stand in a text: a UTF8 target refuses such rows, and DMS converts them",
        advice: "create the target database with the same encoding from template0, or clean the texts first",
        ask: Ask::Judge(|evidence| Answer::Hits(encoding(&evidence.source).into_iter().collect())),
        ..Rule::BASE
    },
    Rule {
        name: "encoding-bytes",
        code: "PF1202",
        title: "bytes that are no UTF-8",
        severity: Severities::all(Blocker),
        deep: true,
        effect: "the target answers \"invalid byte sequence for encoding\", and the load of the table dies there",
        advice: "mend the rows, or give the target database the encoding SQL_ASCII",
        due: Due::Data,
        ask: Ask::Judge(bytes),
        ..Rule::BASE
    },
    Rule {
        name: "locale-not-on-target",
        code: "PF1203",
        title: "locales that the target may not have",
        severity: Severities::all(Change),
        side: Side::Target,
        effect: "the database or a collation cannot be created there, or texts sort in another order",
        advice: "use C, or one locale of ICU, on both sides",
        ask: Ask::Judge(locales),
        ..Rule::BASE
    },
    Rule {
        name: "collation-drift",
        code: "PF1204",
        title: "collations whose order has changed under the indexes",
        severity: Severities::all(Warning),
        effect: "indexes on text may be broken: doubles under a unique index stop its build on the target, at the end",
        advice: "REINDEX what uses the collation, and only then ALTER DATABASE or ALTER COLLATION … REFRESH VERSION",
        due: Due::Data,
        ask: Ask::Query(|facts| Some(sql!(facts.version, "assess/collation_drift", 15))),
        ..Rule::BASE
    },
    Rule {
        name: "collation-partition-bound",
        code: "PF1205",
        title: "partitions by ranges of text in an order of the system's",
        severity: Severities::all(Change),
        effect: "where the target sorts otherwise, rows belong to other partitions and are refused: \"violates \
                 partition constraint\"",
        advice: "pgferry loads them through the root; with pg_dump use --load-via-partition-root",
        ask: ask!("assess/collation_partition_bound"),
        ..Rule::BASE
    },
    Rule {
        name: "type-money",
        code: "PF1206",
        title: "columns of type money",
        severity: Severities::all(Warning),
        effect: "under another lc_monetary the digits are read in another scale, without an error",
        advice: "set the same lc_monetary on the target, or use numeric",
        ask: Ask::Query(|facts| facts.uses(&["type money"]).then_some(sql!("assess/type_money"))),
        ..Rule::BASE
    },
];

fn encoding(facts: &Facts) -> Option<Hit> {
    let encoding = facts.database.encoding.as_str();
    let hit = Hit::new(&facts.database_object, encoding);
    match encoding {
        "UTF8" => None,
        "SQL_ASCII" => Some(hit.graded(Severities::new(Change, Change, Warning))),
        _ => Some(hit),
    }
}

/// Only a trial can tell: the server itself has no name for what is in such a text.
fn bytes(evidence: &Evidence) -> Answer {
    let like_source = evidence.target.as_ref().is_some_and(|target| target.database.encoding == "SQL_ASCII");
    if evidence.source.database.encoding != "SQL_ASCII" || like_source {
        return Answer::none();
    }
    Answer::Unknown {
        because: "the source keeps no encoding for its texts".to_owned(),
        lifted_by: "a copy into a UTF8 database, as a trial".to_owned(),
    }
}

fn locales(evidence: &Evidence) -> Answer {
    let Some(target) = &evidence.target else { return Answer::none() };
    let (database, name) = (&evidence.source.database, &evidence.source.database_object);
    let mut wanted =
        vec![(name.clone(), "c", database.collate.as_str()), (name.clone(), "c", database.ctype.as_str())];
    if let Some(locale) = &database.locale {
        wanted.push((name.clone(), database.provider.as_str(), locale));
    }
    let own = evidence.source.collations.iter().filter(|collation| collation.own);
    wanted.extend(own.map(|own| (own.object.clone(), own.provider.as_str(), own.locale.as_str())));
    wanted.retain(|(_, provider, locale)| !has(target, provider, locale));
    // a provider that the version does not know needs no trial
    let refused = wanted.iter().filter(|(_, provider, _)| *provider == "b" && target.version.major() < 17);
    let refused: Vec<Hit> = refused
        .map(|(object, _, locale)| Hit::new(object, format!("{locale}, of the builtin provider")))
        .collect();
    if !refused.is_empty() || wanted.is_empty() {
        return Answer::Hits(refused);
    }
    let wanted: Vec<String> =
        wanted.iter().map(|(object, _, locale)| format!("{locale} of {object}")).collect();
    Answer::Unknown {
        because: format!("pg_collation of the target does not name {}", wanted.join(", ")),
        lifted_by: "CREATE COLLATION with that locale on the target, as a trial".to_owned(),
    }
}

/// Whether the target surely has the locale.
fn has(target: &Facts, provider: &str, locale: &str) -> bool {
    let same = |other: &Collation| other.provider == provider && plain(&other.locale) == plain(locale);
    let database = &target.database;
    match provider {
        "c" if ["C", "POSIX"].contains(&locale) => true,
        "c" if [&database.collate, &database.ctype].iter().any(|own| plain(own) == plain(locale)) => true,
        "b" if 17 <= target.version.major() => true,
        _ => target.collations.iter().any(same),
    }
}

/// `en_US.UTF-8` and `en_US.utf8` are one locale.
fn plain(locale: &str) -> String {
    locale.to_lowercase().replace("utf-8", "utf8")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locale_may_be_spelt_in_two_ways() {
        assert_eq!(plain("en_US.UTF-8"), plain("en_US.utf8"));
    }
}
