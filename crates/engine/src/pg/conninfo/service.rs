//! `pg_service.conf`. Source: PostgreSQL manual, "The Connection Service File".

use std::path::Path;

use super::keywords::check;

/// Keywords of the section `[name]`.
pub(super) fn read(name: &str, file: Option<&Path>) -> Result<Vec<(String, String)>, String> {
    let file =
        file.ok_or_else(|| format!("service {name:?}: there is no service file; name one by PGSERVICEFILE"))?;
    let text =
        std::fs::read_to_string(file).map_err(|error| format!("service file {}: {error}", file.display()))?;
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
            let (keyword, value) = line
                .split_once('=')
                .ok_or_else(|| format!("{}, line {}: no =", file.display(), number + 1))?;
            check(keyword.trim())?;
            pairs.push((keyword.trim().to_owned(), value.trim().to_owned()));
        }
    }
    if found { Ok(pairs) } else { Err(format!("service {name:?} is not in {}", file.display())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_named_section_counts() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "[a]\nhost=x\n# no\n[b]\nhost=y\nport=1\n").unwrap();
        let read_b = read("b", Some(file.path())).unwrap();
        assert_eq!(read_b, [("host".to_owned(), "y".to_owned()), ("port".to_owned(), "1".to_owned())]);
        assert!(read("c", Some(file.path())).unwrap_err().contains("is not in"));
    }
}
