//! Taking the password out of a connection string, so that the rest of it can be written down.

use percent_encoding::percent_decode_str;

use super::{
    keywords::{self, read},
    uri,
};
use crate::pg::secret::Secret;

/// The string without its password, in the form in which it was given, and the password. Errors repeat no value.
pub fn part(text: &str) -> Result<(String, Option<Secret>), String> {
    let text = text.trim();
    let Some(password) = read(text)?.remove("password") else { return Ok((text.to_owned(), None)) };
    let rest = match text.split_once("://") {
        Some((scheme, rest)) if uri::read(rest).is_ok() => format!("{scheme}://{}", of_uri(rest)),
        _ => of_keywords(text)?,
    };
    Ok((rest, Some(Secret::new(password))))
}

fn of_uri(rest: &str) -> String {
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, rest) = rest.split_at(end);
    let authority = authority.rsplit_once('@').map_or(authority.to_owned(), |(credentials, hosts)| {
        format!("{}@{hosts}", credentials.split(':').next().unwrap_or_default())
    });
    let Some((path, query)) = rest.split_once('?') else { return authority + rest };
    let is_password = |parameter: &&str| {
        let keyword = parameter.split('=').next().unwrap_or_default();
        percent_decode_str(keyword).decode_utf8().is_ok_and(|keyword| keyword == "password")
    };
    let kept: Vec<&str> = query.split('&').filter(|parameter| !is_password(parameter)).collect();
    let mark = if kept.is_empty() { "" } else { "?" };
    format!("{authority}{path}{mark}{}", kept.join("&"))
}

fn of_keywords(text: &str) -> Result<String, String> {
    let pairs = keywords::keywords(text)?.into_iter().filter(|(keyword, _)| keyword != "password");
    let quoted = |value: &str| {
        let plain = |c: char| c.is_ascii_alphanumeric() || "._-/:@,+".contains(c);
        if !value.is_empty() && value.chars().all(plain) {
            return value.to_owned();
        }
        format!("'{}'", value.replace('\\', "\\\\").replace('\'', "\\'"))
    };
    Ok(pairs.map(|(keyword, value)| format!("{keyword}={}", quoted(&value))).collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parted(text: &str) -> (String, String) {
        let (rest, password) = part(text).unwrap();
        (rest, password.map_or_else(String::new, |password| password.reveal().to_owned()))
    }

    #[test]
    fn a_password_is_taken_out_wherever_it_stands() {
        for (text, rest) in [
            ("postgresql://u:pw@h:1,i:2/d?sslmode=require", "postgresql://u@h:1,i:2/d?sslmode=require"),
            ("postgres://h/d?password=pw&user=u", "postgres://h/d?user=u"),
            ("postgresql://u@h/d?p%61ssword=pw", "postgresql://u@h/d"),
            ("host=h password=pw  user = u", "host=h user=u"),
            (r"host=h options='-c a=\'b\'' password='pw'", r"host=h options='-c a=\'b\''"),
        ] {
            assert_eq!(parted(text), (rest.to_owned(), "pw".to_owned()), "{text}");
        }
    }

    #[test]
    fn a_string_without_one_stays_as_it_is() {
        for text in ["postgresql://u@h/d?a%70plication_name=x", "host = h  user=u", "postgresql://u:@h/d"] {
            assert_eq!(parted(text), (text.to_owned(), String::new()));
        }
    }
}
