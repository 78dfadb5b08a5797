//! `~/.pgpass`. Source: PostgreSQL manual, "The Password File".

use std::{os::unix::fs::PermissionsExt, path::Path};

use super::{Host, Secret};

/// The first line that fits, if the file may be used.
pub(super) fn find(file: &Path, host: &Host, database: &str, user: &str) -> Option<Secret> {
    if let Some(why) = unusable(file) {
        tracing::warn!("{why}");
        return None;
    }
    let text = std::fs::read_to_string(file).ok()?;
    // a socket goes by the name localhost too
    let name = if host.is_socket() { "localhost" } else { &host.name };
    let port = &*host.port.to_string();
    let wanted = [[name, &host.name], [port, port], [database, database], [user, user]];
    text.lines().filter(|line| !line.starts_with('#')).find_map(|line| {
        let fields = fields(line);
        let fits = fields.len() >= 5
            && fields.iter().zip(&wanted).all(|(field, wanted)| {
                let plain = unescaped(field);
                *field == "*" || wanted.contains(&plain.as_str())
            });
        fits.then(|| Secret::new(unescaped(fields[4])))
    })
}

/// Why a file that is there is not used: as in libpq, others may not be able to read it.
pub(super) fn unusable(file: &Path) -> Option<String> {
    let metadata = std::fs::metadata(file).ok()?;
    let file = file.display();
    if !metadata.is_file() {
        return Some(format!("the passfile {file} is not used: it is no plain file"));
    }
    let readable = metadata.permissions().mode() & 0o077 != 0;
    readable.then(|| format!("the passfile {file} is not used: others may read it (chmod 0600 mends that)"))
}

/// Host, port, database, user, password, still escaped, divided by colons without a backslash before them.
fn fields(line: &str) -> Vec<&str> {
    let mut escaped = false;
    line.split(|character| {
        let divides = character == ':' && !escaped;
        escaped = character == '\\' && !escaped;
        divides
    })
    .collect()
}

/// A backslash takes the next character as it is.
fn unescaped(field: &str) -> String {
    let mut plain = String::with_capacity(field.len());
    let mut characters = field.chars();
    while let Some(character) = characters.next() {
        let next = if character == '\\' { characters.next() } else { None };
        plain.push(next.unwrap_or(character));
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(name: &str) -> Host {
        Host { name: name.into(), address: None, port: 5432 }
    }

    fn find_in(text: &str, host: &Host, database: &str, user: &str) -> Option<String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        find(file.path(), host, database, user).map(|password| password.reveal().to_owned())
    }

    #[test]
    fn colons_and_backslashes_can_be_escaped() {
        let line = r"fe80\:\:1:5432:*:a\\b:p\:w\\d:rest";
        assert_eq!(find_in(line, &host("fe80::1"), "any", r"a\b").unwrap(), r"p:w\d");
        assert_eq!(find_in(r"h:*:*:\*:p", &host("h"), "d", "u"), None, "an escaped star is a star");
        assert_eq!(find_in(r"h:*:*:\*:p", &host("h"), "d", "*").unwrap(), "p");
    }

    #[test]
    fn the_first_line_that_fits_counts() {
        let text = "# h:5432:d:u:no\nh:1:d:u:port\n\nshort:line\nh:5432:d:u:first\r\n*:*:*:*:last\n";
        assert_eq!(find_in(text, &host("h"), "d", "u").unwrap(), "first");
        assert_eq!(find_in(text, &host("other"), "d", "u").unwrap(), "last");
    }

    #[test]
    fn a_socket_is_localhost_or_its_folder() {
        assert_eq!(find_in("localhost:*:*:*:p", &host("/run/pg"), "d", "u").unwrap(), "p");
        assert_eq!(find_in("/run/pg:*:*:*:p", &host("/run/pg"), "d", "u").unwrap(), "p");
        assert_eq!(find_in("localhost:*:*:*:p", &host("h"), "d", "u"), None);
    }

    #[test]
    fn a_file_that_others_may_read_is_not_used() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "*:*:*:u:secret\n").unwrap();
        assert_eq!(find(file.path(), &host("h"), "d", "u").unwrap().reveal(), "secret");
        for mode in [0o640, 0o604, 0o620] {
            std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(mode)).unwrap();
            assert!(find(file.path(), &host("h"), "d", "u").is_none());
            assert!(unusable(file.path()).unwrap().contains("chmod 0600"));
        }
        assert_eq!(unusable(Path::new("/nonexistent/.pgpass")), None);
        assert!(unusable(Path::new("/dev/null")).unwrap().contains("plain file"));
    }
}
