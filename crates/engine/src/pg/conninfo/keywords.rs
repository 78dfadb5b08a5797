//! The two forms of a connection string, into keywords and values.

use std::collections::HashMap;

use percent_encoding::percent_decode_str;

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
];

/// Keywords of libpq that change nothing here.
const IGNORED: &[&str] = &[
    "application_name",
    "fallback_application_name",
    "client_encoding",
    "gssencmode",
    "krbsrvname",
    "gsslib",
    "gssdelegation",
    "sslcompression",
    "sslsni",
    "sslcrl",
    "sslcrldir",
    "sslpassword",
    "sslnegotiation",
    "ssl_min_protocol_version",
    "ssl_max_protocol_version",
    "requirepeer",
    "require_auth",
    "target_session_attrs",
    "load_balance_hosts",
    "replication",
    "min_protocol_version",
    "max_protocol_version",
    "sslcertmode",
];

type Read = Result<HashMap<String, String>, String>;

/// Reads either form. Errors never repeat a value.
pub(super) fn read(text: &str) -> Read {
    let text = text.trim();
    let pairs = match text.split_once("://") {
        Some(("postgresql" | "postgres", rest)) => uri(rest)?,
        Some((scheme, _)) if scheme.chars().all(|c| c.is_ascii_alphanumeric()) => {
            return Err(format!("{scheme}:// is not PostgreSQL's; it begins with postgresql://"));
        }
        _ => keywords(text)?,
    };
    let mut given = HashMap::new();
    for (keyword, value) in pairs {
        check(&keyword)?;
        given.insert(keyword, value);
    }
    Ok(given)
}

/// An unknown keyword is refused with the nearest known one.
pub(super) fn check(keyword: &str) -> Result<(), String> {
    if KNOWN.contains(&keyword) || IGNORED.contains(&keyword) {
        return Ok(());
    }
    let nearest = KNOWN.iter().min_by_key(|known| distance(keyword, known));
    Err(format!("{keyword:?} is not a keyword; did you mean {}?", nearest.unwrap_or(&"host")))
}

/// How many letters have to change (Levenshtein, 1966).
fn distance(a: &str, b: &str) -> usize {
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

type Pairs = Result<Vec<(String, String)>, String>;

/// `user:password@host:port,host:port/database?keyword=value&…`, all percent-encoded.
fn uri(rest: &str) -> Pairs {
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, database) = rest.split_once('/').unwrap_or((rest, ""));
    let (credentials, hosts) = authority.rsplit_once('@').map_or((None, authority), |(c, h)| (Some(c), h));
    let mut pairs = Vec::new();
    if let Some(credentials) = credentials {
        let (user, password) = credentials.split_once(':').map_or((credentials, None), |(u, p)| (u, Some(p)));
        push(&mut pairs, "user", user)?;
        push(&mut pairs, "password", password.unwrap_or(""))?;
    }
    let (mut names, mut ports) = (Vec::new(), Vec::new());
    for host in hosts.split(',') {
        let (name, port) = host_and_port(host)?;
        names.push(decoded("host", name)?);
        ports.push(port.to_owned());
    }
    if !hosts.is_empty() {
        pairs.push(("host".to_owned(), names.join(",")));
        pairs.push(("port".to_owned(), ports.join(",")));
    }
    push(&mut pairs, "dbname", database)?;
    for one in query.split('&').filter(|one| !one.is_empty()) {
        let (keyword, value) =
            one.split_once('=').ok_or_else(|| "a parameter behind the ? has no =".to_owned())?;
        let keyword = decoded("a keyword", keyword)?;
        let value = decoded(&keyword, value)?;
        match (keyword.as_str(), value.as_str()) {
            ("ssl", "true") => pairs.push(("sslmode".to_owned(), "require".to_owned())),
            _ => pairs.push((keyword, value)),
        }
    }
    Ok(pairs)
}

fn push(pairs: &mut Vec<(String, String)>, keyword: &str, text: &str) -> Result<(), String> {
    if !text.is_empty() {
        pairs.push((keyword.to_owned(), decoded(keyword, text)?));
    }
    Ok(())
}

fn host_and_port(host: &str) -> Result<(&str, &str), String> {
    match host.strip_prefix('[') {
        Some(rest) => {
            let (name, after) = rest.split_once(']').ok_or("an IPv6 address without its ]")?;
            Ok((name, after.strip_prefix(':').unwrap_or("")))
        }
        None => Ok(host.split_once(':').unwrap_or((host, ""))),
    }
}

fn decoded(what: &str, text: &str) -> Result<String, String> {
    let wrong = || format!("{what} is not percent-encoded UTF-8");
    let text = percent_decode_str(text).decode_utf8().map_err(|_| wrong())?;
    if text.contains('\0') { Err(wrong()) } else { Ok(text.into_owned()) }
}

/// `keyword = 'quoted \' value' keyword=value`.
fn keywords(text: &str) -> Pairs {
    let mut pairs = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (keyword, after) = rest.split_once('=').ok_or("it has a word without an = behind it")?;
        let keyword = keyword.trim();
        if keyword.is_empty() || keyword.contains(char::is_whitespace) {
            return Err("it has a word without an = behind it".to_owned());
        }
        let (value, after) =
            value(after.trim_start()).ok_or_else(|| format!("the value of {keyword} has no end"))?;
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
