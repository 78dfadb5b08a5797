//! `~/.pgpass`. Source: PostgreSQL manual, "The Password File".

use std::{os::unix::fs::PermissionsExt, path::Path};

use super::{Host, Secret};

/// The first line that fits. A file that others may read is not used, as libpq does it.
pub(super) fn find(file: &Path, host: &Host, database: &str, user: &str) -> Option<Secret> {
    let metadata = std::fs::metadata(file).ok()?;
    if metadata.permissions().mode() & 0o077 != 0 {
        tracing::warn!(file = %file.display(), "the passfile is readable by others and is not used; chmod 0600 it");
        return None;
    }
    let text = std::fs::read_to_string(file).ok()?;
    let name = if host.is_socket() { "localhost" } else { &host.name };
    let wanted = [name.to_owned(), host.port.to_string(), database.to_owned(), user.to_owned()];
    text.lines().filter(|line| !line.starts_with('#')).find_map(|line| {
        let fields = fields(line);
        let fits = fields.len() == 5
            && fields.iter().zip(&wanted).all(|(field, wanted)| field == "*" || field == wanted);
        fits.then(|| Secret::new(fields[4].clone()))
    })
}

/// Five fields divided by colons; a backslash takes the next character as it is. The last field has all the rest.
fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        let count = fields.len();
        let field = &mut fields[count - 1];
        match character {
            '\\' => field.extend(characters.next()),
            ':' if count < 5 => fields.push(String::new()),
            other => field.push(other),
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colons_and_backslashes_can_be_escaped() {
        assert_eq!(fields(r"h\:1:5432:*:u:p\\w:d"), ["h:1", "5432", "*", "u", r"p\w:d"]);
    }

    #[test]
    fn a_file_that_others_may_read_is_not_used() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "*:*:*:u:secret\n").unwrap();
        let host = Host { name: "h".into(), address: None, port: 5432 };
        assert_eq!(find(file.path(), &host, "d", "u").unwrap().reveal(), "secret");
        assert!(find(file.path(), &host, "d", "other").is_none());
        std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(find(file.path(), &host, "d", "u").is_none());
    }
}
