//! The words of a connection string, and its form of `keyword=value`.

use std::collections::HashMap;

use super::uri;

/// Keywords and their values; none is empty.
pub(super) type Given = HashMap<String, String>;
/// Keywords and values in the order in which they stand.
pub(super) type Pairs = Result<Vec<(String, String)>, String>;

/// Keywords that mean something to us.
const KNOWN: &[&str] = &[
    "host",
    "hostaddr",
    "port",
    "user",
    "password",
    "dbname",
    "passfile",
    "service",
    "servicefile",
    "options",
    "application_name",
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "channel_binding",
    "connect_timeout",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_count",
    "tcp_user_timeout",
    "target_session_attrs",
    "load_balance_hosts",
];

/// Keywords of libpq that change nothing here.
const IGNORED: &[&str] = &[
    "fallback_application_name",
    "client_encoding",
    "gssencmode",
    "krbsrvname",
    "gsslib",
    "gssdelegation",
    "sslcompression",
    "sslsni",
    "sslcertmode",
    "sslnegotiation",
    "ssl_max_protocol_version",
    "replication",
    "min_protocol_version",
    "max_protocol_version",
];

/// Keywords of libpq that ask for a protection which we do not give: to ignore them would be a lie.
const REFUSED: &[(&str, &str)] = &[
    ("sslcrl", "pgferry reads no revocation lists"),
    ("sslcrldir", "pgferry reads no revocation lists"),
    (
        "sslpassword",
        "pgferry reads no encrypted keys; give the key in the clear to sslkey, readable by you alone",
    ),
    ("ssl_min_protocol_version", "pgferry speaks TLS 1.2 and 1.3, whichever the server has"),
    (
        "require_auth",
        "pgferry cannot promise a method; channel_binding=require rules out everything below SCRAM",
    ),
    ("requirepeer", "pgferry does not look at the owner of a socket"),
];

/// Reads either form. Errors never repeat a value.
pub(super) fn read(text: &str) -> Result<Given, String> {
    let text = text.trim();
    let in_scheme = |c: char| c.is_ascii_alphanumeric() || "+-.:".contains(c);
    let pairs = match text.split_once("://") {
        Some(("postgresql" | "postgres", rest)) => uri::read(rest)?,
        Some((scheme, _)) if scheme.chars().all(in_scheme) => {
            return Err(format!("{scheme}:// is not PostgreSQL's; it begins with postgresql://"));
        }
        _ => keywords(text)?,
    };
    let mut given = Given::new();
    let mut before = String::new();
    for (keyword, value) in pairs {
        // perhaps the rest of a password that was not quoted
        if before == "password" && !is_keyword(&keyword) {
            return Err(
                "behind the password stands a word that is no keyword; a password with a space stands \
                        in quotes ('…'), in a URI & is written %26"
                    .to_owned(),
            );
        }
        check(&keyword)?;
        before.clone_from(&keyword);
        if !value.is_empty() {
            given.insert(keyword, value);
        }
    }
    Ok(given)
}

/// Whether libpq has this word.
pub(super) fn is_keyword(word: &str) -> bool {
    KNOWN.contains(&word) || IGNORED.contains(&word) || REFUSED.iter().any(|(refused, _)| *refused == word)
}

/// A keyword that cannot be served is refused, an unknown one with the nearest known.
pub(super) fn check(keyword: &str) -> Result<(), String> {
    if let Some((_, why)) = REFUSED.iter().find(|(refused, _)| *refused == keyword) {
        return Err(format!("{keyword}: {why}"));
    }
    if is_keyword(keyword) {
        return Ok(());
    }
    let nearest = KNOWN.iter().chain(IGNORED).min_by_key(|known| distance(keyword, known));
    Err(format!("{keyword:?} is not a keyword; did you mean {}?", nearest.unwrap_or(&"host")))
}

/// How many letters have to change (Levenshtein, 1966).
pub fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, y) in b.chars().enumerate() {
            let next = (corner + usize::from(x != y)).min(row[j] + 1).min(row[j + 1] + 1);
            corner = std::mem::replace(&mut row[j + 1], next);
        }
    }
    row.last().copied().unwrap_or(0)
}

/// `keyword = 'quoted \' value' keyword=value`.
pub(super) fn keywords(text: &str) -> Pairs {
    let mut pairs = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (keyword, after) = rest.split_once('=').ok_or("it has a word without an = behind it")?;
        let keyword = keyword.trim();
        if keyword.is_empty() || keyword.contains(char::is_whitespace) {
            return Err("it has a word without an = behind it".to_owned());
        }
        let (value, after) = value(after.trim_start())
            .ok_or("the value of a keyword has no end: a quote or what follows a backslash is missing")?;
        if value.contains('\0') {
            return Err("a value contains the character 0".to_owned());
        }
        pairs.push((keyword.to_owned(), value));
        rest = after.trim_start();
    }
    Ok(pairs)
}

/// The value at the head of `text`, and what follows it.
fn value(text: &str) -> Option<(String, &str)> {
    let quoted = text.starts_with('\'');
    let mut value = String::new();
    let mut characters = text.char_indices().skip(usize::from(quoted));
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => value.push(characters.next()?.1),
            '\'' if quoted => return Some((value, &text[at + 1..])),
            space if space.is_whitespace() && !quoted => return Some((value, &text[at..])),
            other => value.push(other),
        }
    }
    (!quoted).then_some((value, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_values_count_as_not_given() {
        assert_eq!(read("host=h sslmode='' port = 1").unwrap().len(), 2);
    }

    #[test]
    fn values_are_quoted_and_escaped() {
        let given = read(r"user='o\'neil \\ co' dbname=a\ b host = h").unwrap();
        assert_eq!((&*given["user"], &*given["dbname"], &*given["host"]), (r"o'neil \ co", "a b", "h"));
    }

    #[test]
    fn an_unknown_keyword_gets_the_nearest_right_word() {
        for (wrong, right) in
            [("sslmod", "sslmode"), ("pasword", "password"), ("aplication_name", "application_name")]
        {
            assert!(read(&format!("{wrong}=x")).unwrap_err().contains(&format!("did you mean {right}?")));
            assert!(read(&format!("postgresql://h?{wrong}=x")).unwrap_err().contains(right));
        }
    }

    #[test]
    fn a_protection_that_is_not_given_is_refused() {
        assert!(read("host=h sslcrl=/revoked.pem").unwrap_err().contains("no revocation lists"));
        assert!(read("host=h gssencmode=prefer sslsni=1").is_ok());
    }

    #[test]
    fn another_scheme_is_named() {
        for scheme in ["mysql", "jdbc:postgresql", "postgresql+psycopg2"] {
            assert!(read(&format!("{scheme}://h/d")).unwrap_err().contains(scheme));
        }
    }

    #[test]
    fn the_rest_of_a_password_is_not_repeated() {
        for text in ["password=my hunter2=x", "password=my hunter2", "postgresql://h/d?password=my&hunter2=1"]
        {
            assert!(!read(text).unwrap_err().contains("hunter2"), "{text}");
        }
    }
}
