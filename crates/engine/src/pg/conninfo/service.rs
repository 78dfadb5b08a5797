//! `pg_service.conf`. Source: PostgreSQL manual, "The Connection Service File".

use std::path::Path;

use super::keywords::{Pairs, check};

/// Keywords of the section `[name]`, in their order; of a keyword that stands twice the first one counts.
pub(super) fn read(name: &str, file: Option<&Path>) -> Pairs {
    let file =
        file.ok_or_else(|| format!("service {name:?}: there is no service file; name one by PGSERVICEFILE"))?;
    let text = std::fs::read_to_string(file)
        .map_err(|error| format!("service {name:?}: service file {}: {error}", file.display()))?;
    let mut here = false;
    let mut found = false;
    let mut pairs = Vec::new();
    for (number, line) in text.lines().map(str::trim).enumerate() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(section) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            here = section == name;
            found |= here;
        } else if here {
            let at = |why: String| format!("service file {}, line {}: {why}", file.display(), number + 1);
            pairs.push(setting(line).map_err(at)?);
        }
    }
    if found { Ok(pairs) } else { Err(format!("service {name:?} is not in {}", file.display())) }
}

fn setting(line: &str) -> Result<(String, String), String> {
    let (keyword, value) = line.split_once('=').ok_or("it has no =")?;
    let keyword = keyword.trim();
    check(keyword)?;
    if matches!(keyword, "service" | "servicefile") {
        return Err("a service cannot name another".to_owned());
    }
    Ok((keyword.to_owned(), value.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_in(text: &str, name: &str) -> Pairs {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        read(name, Some(file.path()))
    }

    #[test]
    fn only_the_named_section_counts() {
        let text = "[a]\nhost=x\nrubbish\n# no\n[b]\nhost = y\nport=1\n";
        let pairs = read_in(text, "b").unwrap();
        assert_eq!(pairs, [("host".to_owned(), "y".to_owned()), ("port".to_owned(), "1".to_owned())]);
    }

    #[test]
    fn an_unknown_service_is_refused_naming_the_file() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = read("c", Some(file.path())).unwrap_err();
        assert!(error.contains("\"c\"") && error.contains(&file.path().display().to_string()), "{error}");
        assert!(read("c", Some(Path::new("/nonexistent"))).unwrap_err().contains("/nonexistent"));
        assert!(read("c", None).unwrap_err().contains("PGSERVICEFILE"));
    }

    #[test]
    fn a_wrong_line_is_named_by_its_number_and_not_repeated() {
        let error = read_in("[a]\n\npassword hunter2\n", "a").unwrap_err();
        assert!(error.contains("line 3") && !error.contains("hunter2"), "{error}");
        assert!(read_in("[a]\nhots=x\n", "a").unwrap_err().contains("did you mean host?"));
        assert!(read_in("[a]\nservice=b\n", "a").is_err());
    }
}
