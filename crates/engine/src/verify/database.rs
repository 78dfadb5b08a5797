//! The database itself: how it stores and orders text, whose it is, who may what with it.
//!
//! A target in another encoding may hold the same characters: then the rows are compared by their characters, and that it
//! is so is said beside the verdict. Everything else that differs is a difference.

use super::{
    diff::Difference,
    roles::{Facts, different},
};
use crate::{
    catalog::{self, Database, roles::DatabaseGrant},
    error::Result,
    pg::client::Client,
    schema::rights::{self, Names},
};

/// What came of comparing the two.
#[derive(Debug)]
pub struct Compared {
    /// How many facts the source has.
    pub facts: u64,
    /// Where the target differs.
    pub differences: Vec<Difference>,
    /// What the operator should know, though it makes nothing unequal.
    pub notes: Vec<String>,
}

/// Where two databases store and order text otherwise.
pub fn texts_differ(source: &Database, target: &Database, same_major: bool) -> Vec<Difference> {
    let known = Known::of(source, target, same_major);
    different(&texts(source, &known), &texts(target, &known))
}

/// Compares the databases that the two are connected to.
pub async fn compare(source: &Client, target: &Client, names: &Names<'_>) -> Result<Compared> {
    let (mine, other) = (Database::read(source).await?, Database::read(target).await?);
    let known = Known::of(&mine, &other, source.version().major() == target.version().major());
    let mut ours = facts(source, &mine, names).await?;
    let mut theirs = facts(target, &other, names).await?;
    ours.extend(texts(&mine, &known));
    theirs.extend(texts(&other, &known));
    let note = || {
        format!(
            "the target is in {}, the source in {}: rows were compared by their characters",
            other.encoding, mine.encoding
        )
    };
    Ok(Compared {
        facts: ours.len() as u64,
        differences: different(&ours, &theirs),
        notes: known.reencoded.then(note).into_iter().collect(),
    })
}

/// Where an ICU locale differs from that of a database which this server made by the source's: 16 and newer rewrite it as
/// a language tag.
pub fn locale(reference: &Database, target: &Database) -> Vec<Difference> {
    let fact = |of: &Database| {
        let locale = of.locale.clone().filter(|_| of.provider == "i");
        locale.map(|locale| (place("locale"), locale)).into_iter().collect()
    };
    different(&fact(reference), &fact(target))
}

/// What is known of the two sides before their texts are compared.
struct Known {
    same_major: bool,
    /// The target is in UTF-8 and the source in another encoding.
    reencoded: bool,
}

impl Known {
    fn of(source: &Database, target: &Database, same_major: bool) -> Self {
        let has_encoding = source.encoding != "SQL_ASCII";
        let reencoded = source.encoding != target.encoding && has_encoding && target.encoding == "UTF8";
        Self { same_major, reencoded }
    }
}

fn place(property: &str) -> (String, String) {
    ("the database".to_owned(), property.to_owned())
}

/// How the database stores and orders text.
fn texts(of: &Database, known: &Known) -> Facts {
    let mut facts = Facts::new();
    let mut add = |property: &str, value: String| facts.insert(place(property), value);
    let of_library = |name: &str| {
        let name = library_locale(name);
        if known.reencoded { name.split('.').next().unwrap_or_default().to_owned() } else { name }
    };
    if !known.reencoded {
        add("encoding", of.encoding.clone());
    }
    let provider = match of.provider.as_str() {
        "c" => "libc",
        "i" => "icu",
        "b" => "builtin",
        other => other,
    };
    add("locale provider", provider.to_owned());
    add("collate", of_library(&of.collate));
    add("ctype", of_library(&of.ctype));
    // between majors an ICU locale is compared with the reference's
    if let Some(locale) = of.locale.clone().filter(|_| known.same_major || of.provider != "i") {
        add("locale", locale);
    }
    if let Some(rules) = &of.rules {
        add("collation rules", rules.clone());
    }
    facts
}

/// One name for what the C library takes for one locale: `en_US.utf8` is `en_US.UTF-8`, `POSIX` is `C`.
fn library_locale(name: &str) -> String {
    let Some((language, rest)) = name.split_once('.') else {
        return if name == "POSIX" { "C".to_owned() } else { name.to_owned() };
    };
    let (codeset, modifier) = rest.split_once('@').map_or((rest, None), |(set, more)| (set, Some(more)));
    let codeset = codeset.replace('-', "").to_lowercase();
    let modifier = modifier.map(|more| format!("@{more}")).unwrap_or_default();
    format!("{language}.{codeset}{modifier}")
}

async fn facts(client: &Client, of: &Database, names: &Names<'_>) -> Result<Facts> {
    let mut facts = Facts::new();
    let mut add = |property: &str, value: String| facts.insert(place(property), value);
    let owner = if names.is_master(&of.owner) { names.master } else { &of.owner };
    add("owner", owner.to_owned());
    let options = catalog::roles::database_options(client).await?;
    add("connection limit", options.connection_limit.to_string());
    add("is a template", options.is_template.to_string());
    if let Some(comment) = catalog::database_comment(client).await? {
        add("comment", comment);
    }
    let grants = catalog::roles::database_grants(client).await?;
    for DatabaseGrant { grantee, privilege, grantable } in grants.unwrap_or_else(rights::default_grants) {
        let who = grantee.as_deref().unwrap_or("public");
        // a grantee without a name is a role that is gone
        if !who.is_empty() && !names.is_master(who) {
            add(&format!("right {privilege} to {who}"), format!("with grant option {grantable}"));
        }
    }
    Ok(facts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_locale_of_the_c_library_has_one_name() {
        for (one, other) in [
            ("en_US.utf8", "en_US.UTF-8"),
            ("C.UTF-8", "C.utf8"),
            ("POSIX", "C"),
            ("de_DE.ISO-8859-15@euro", "de_DE.iso885915@euro"),
        ] {
            assert_eq!(library_locale(one), library_locale(other));
        }
        for (one, other) in [("C", "C.UTF-8"), ("de_DE.utf8", "de_AT.utf8"), ("de_DE.utf8", "de_DE.utf8@x")] {
            assert_ne!(library_locale(one), library_locale(other));
        }
    }
}
