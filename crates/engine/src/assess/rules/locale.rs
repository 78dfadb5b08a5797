//! Encoding, locale, collations.

use futures_util::FutureExt;

use super::{
    super::{
        Evidence,
        facts::{Collation, Facts},
        finding::{
            Due, Severities,
            Severity::{Blocker, Change, Note, Warning},
        },
        rule::{Answer, Ask, Hit, Question, Rule},
    },
    ask,
};
use crate::{
    error::{Result, ServerError, Side},
    pg::{client::Client, ident::Literal},
    sql::sql,
};

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
        ask: Ask::Question(bytes),
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
        ask: Ask::Trial(|client, evidence| locales(client, evidence).boxed_local()),
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

/// Where both sides keep any byte, none is wrong.
fn bytes(evidence: &Evidence) -> Option<Question> {
    let like_source = evidence.target.as_ref().is_some_and(|target| target.database.encoding == "SQL_ASCII");
    let trouble = evidence.source.database.encoding == "SQL_ASCII" && !like_source;
    trouble.then(|| sql!("assess/encoding_bytes").into())
}

/// A locale that something on the source has, and that the target may not.
struct Wanted<'a> {
    object: &'a str,
    provider: &'a str,
    locale: &'a str,
}

fn wanted<'a>(source: &'a Facts, target: &Facts) -> Vec<Wanted<'a>> {
    let database = &source.database;
    let of_database = [("c", Some(&database.collate)), ("c", Some(&database.ctype))];
    let of_database = of_database.into_iter().chain([(database.provider.as_str(), database.locale.as_ref())]);
    let of_database = of_database.filter_map(|(provider, locale)| {
        Some(Wanted { object: &source.database_object, provider, locale: locale? })
    });
    let own = source.collations.iter().filter(|collation| collation.own);
    let own = own.map(|own| Wanted { object: &own.object, provider: &own.provider, locale: &own.locale });
    let mut wanted: Vec<Wanted> = of_database.chain(own).collect();
    wanted.dedup_by_key(|one| (one.object, one.provider, one.locale));
    wanted.retain(|one| !has(target, one.provider, one.locale));
    wanted
}

async fn locales(client: &Client, evidence: &Evidence) -> Result<Vec<Answer>> {
    let Some(target) = &evidence.target else { return Ok(Vec::new()) };
    let (mut hits, mut untried, mut refused) = (Vec::new(), Vec::new(), Vec::new());
    for one in wanted(&evidence.source, target) {
        let (object, words) = (one.object, format!("{} of {}", one.locale, one.object));
        // a provider that the version does not know needs no trial
        if one.provider == "b" {
            hits.push(Hit::new(object, format!("{}, of the builtin provider", one.locale)));
        } else if !evidence.depth.probe {
            untried.push(words);
        } else if let Some(refusal) = refusal(client, target, &one).await? {
            match refusal.sqlstate.as_str() {
                "22023" | "42P17" => hits.push(Hit::new(object, refusal.message)),
                _ => refused.push(format!("{words} ({})", refusal.message)),
            }
        }
    }
    let mut answers = vec![Answer::Hits(hits)];
    if !untried.is_empty() {
        let because = format!("pg_collation of the target does not name {}", untried.join(", "));
        let lifted_by = "--probe, which tries each by a collation on the target that is rolled back";
        answers.push(Answer::unknown(because, lifted_by));
    }
    if !refused.is_empty() {
        let because = format!("the target takes no trial of {}", refused.join(", "));
        let (database, role) = (&target.database_object, &target.role_object);
        let lifted_by = format!("GRANT TEMPORARY ON DATABASE {database} TO {role}; a primary as the target");
        answers.push(Answer::unknown(because, lifted_by));
    }
    Ok(answers)
}

/// Makes a collation of the locale, and takes it back with its transaction: why the target would not have it. From 16 on ICU
/// can be told to refuse what it does not know; before, it takes any name.
async fn refusal(client: &Client, target: &Facts, one: &Wanted<'_>) -> Result<Option<ServerError>> {
    let provider = if one.provider == "i" { "icu" } else { "libc" };
    let strict = if target.version.major() < 16 { "" } else { "set local icu_validation_level = 'error'; " };
    let sql = format!(
        "begin read write; {strict}create collation pg_temp.pgferry_trial (provider = {provider}, locale = {})",
        Literal(one.locale)
    );
    let attempt = format!("try the locale {}", one.locale);
    let tried = client.run(&attempt, &sql).await;
    client.run(&attempt, "rollback").await?;
    match tried {
        Ok(()) => Ok(None),
        Err(error) => match error.server {
            Some(server) => Ok(Some(*server)),
            None => Err(error),
        },
    }
}

/// Whether the target surely has the locale.
fn has(target: &Facts, provider: &str, locale: &str) -> bool {
    let same = |other: &Collation| other.provider == provider && plain(&other.locale) == plain(locale);
    let database = &target.database;
    match provider {
        "c" if ["C", "POSIX"].contains(&locale) => true,
        "c" if [&database.collate, &database.ctype].iter().any(|own| plain(own) == plain(locale)) => true,
        "b" => {
            let since = if locale == "PG_UNICODE_FAST" { 18 } else { 17 };
            since <= target.version.major()
        }
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
