//! `postgresql://user:password@host:port,host:port/database?keyword=value&…`, all percent-encoded.
//!
//! Source: PostgreSQL manual, "Connection URIs". A password that should have been encoded can look like a host, a port
//! or a database; where that is possible the text is refused, and nothing of it repeated.

use percent_encoding::percent_decode_str;

use super::keywords::{Pairs, is_keyword};

const UNCLEAR: &str = "it is not clear where the password ends; in names, passwords and values write \
                       / as %2F, ? as %3F, @ as %40, : as %3A";

/// Reads what follows `postgresql://`.
pub(super) fn read(rest: &str) -> Pairs {
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, rest) = rest.split_at(end);
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let database = path.strip_prefix('/').unwrap_or(path);
    let (credentials, hosts) = authority.rsplit_once('@').map_or((None, authority), |(c, h)| (Some(c), h));
    if database.contains('@') {
        return Err(UNCLEAR.to_owned());
    }
    let mut pairs = Vec::new();
    if let Some(credentials) = credentials {
        let (user, password) = credentials.split_once(':').unwrap_or((credentials, ""));
        pairs.push(("user".to_owned(), decoded("the user's name", user)?));
        pairs.push(("password".to_owned(), decoded("the password", password)?));
    }
    if !hosts.is_empty() {
        pairs.extend(host_list(hosts)?);
    }
    pairs.push(("dbname".to_owned(), decoded("the database's name", database)?));
    let parameters = parameters(query)?;
    if query.contains('@') && !parameters.iter().all(|(word, _)| is_keyword(word)) {
        return Err(UNCLEAR.to_owned());
    }
    pairs.extend(parameters);
    Ok(pairs)
}

fn host_list(hosts: &str) -> Pairs {
    let (mut names, mut ports) = (Vec::new(), Vec::new());
    for host in hosts.split(',') {
        let (name, port) = host_and_port(host)?;
        names.push(decoded("a host's name", name)?);
        if !port.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(format!("a port is not a number; {UNCLEAR}"));
        }
        ports.push(port);
    }
    Ok(vec![("host".to_owned(), names.join(",")), ("port".to_owned(), ports.join(","))])
}

fn host_and_port(host: &str) -> Result<(&str, &str), String> {
    match host.strip_prefix('[') {
        Some(rest) => {
            let (name, after) = rest.split_once(']').ok_or("an IPv6 address lacks its ]")?;
            match after.strip_prefix(':') {
                Some(port) => Ok((name, port)),
                None if after.is_empty() => Ok((name, "")),
                None => Err("behind the ] of an IPv6 address comes :port or nothing".to_owned()),
            }
        }
        None => Ok(host.split_once(':').unwrap_or((host, ""))),
    }
}

fn parameters(query: &str) -> Pairs {
    let mut pairs = Vec::new();
    for one in query.split('&').filter(|one| !one.is_empty()) {
        let (keyword, value) = one.split_once('=').ok_or("a parameter behind the ? has no =")?;
        let keyword = decoded("a keyword", keyword)?;
        let value = decoded("a value behind the ?", value)?;
        // as JDBC writes it
        match (keyword.as_str(), value.as_str()) {
            ("ssl", "true") => pairs.push(("sslmode".to_owned(), "require".to_owned())),
            _ => pairs.push((keyword, value)),
        }
    }
    Ok(pairs)
}

fn decoded(what: &str, text: &str) -> Result<String, String> {
    let escaped = |rest: &str| rest.len() >= 2 && rest.bytes().take(2).all(|byte| byte.is_ascii_hexdigit());
    if !text.split('%').skip(1).all(escaped) {
        return Err(format!(
            "{what} has a % without two hexadecimal digits behind it; % itself is written %25"
        ));
    }
    let text =
        percent_decode_str(text).decode_utf8().map_err(|_| format!("{what} is not UTF-8 when decoded"))?;
    if text.contains('\0') { Err(format!("{what} contains the character 0")) } else { Ok(text.into_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str, wanted: &str) -> String {
        let pairs = read(text).unwrap();
        pairs.into_iter().rfind(|(keyword, _)| keyword == wanted).map_or_else(String::new, |(_, value)| value)
    }

    #[test]
    fn every_part_may_be_missing() {
        assert!(read("").is_ok() && read("/d").is_ok() && read("?user=u").is_ok() && read("u@").is_ok());
        assert_eq!(value(":5433/d", "port"), "5433");
        assert_eq!(value("u@/d?host=%2Ftmp", "host"), "/tmp");
        assert_eq!(value("h/d?ssl=true", "sslmode"), "require");
    }

    #[test]
    fn at_signs_may_stand_where_they_are_clear() {
        assert_eq!(value("u:se@cret@h/d", "password"), "se@cret");
        assert_eq!(value("h/d?user=al@corp", "user"), "al@corp");
    }

    #[test]
    fn a_password_that_should_be_encoded_is_refused_and_not_repeated() {
        for text in
            ["u:77/7@h/d", "u:77?7@h/d", "u:77/a?7=7@h/d", "u:7x7/@h", "u:a77%@h", "u:77/b@h", "u:@77/@h"]
        {
            let error = read(text).unwrap_err();
            assert!(!error.contains('7'), "{text}: {error}");
        }
    }
}
