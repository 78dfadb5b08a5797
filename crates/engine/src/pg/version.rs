//! A server's version.

use std::fmt;

/// `server_version_num`: major × 10000 + minor. Source: PostgreSQL manual, "Preset Options".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct Version(pub u32);

/// The oldest major that pgferry reads or writes.
pub const MAJOR_OLDEST: u32 = 13;
/// The newest major that pgferry was tested with.
pub const MAJOR_NEWEST: u32 = 18;

impl Version {
    /// 15 of 15.18.
    pub fn major(self) -> u32 {
        self.0 / 10_000
    }

    /// Whether a range of pages is read without reading the whole table. Source: release notes of 14, TID range scans.
    pub fn reads_page_ranges(self) -> bool {
        14 <= self.major()
    }

    /// Whether pgferry was tested with this major.
    pub fn is_tested(self) -> bool {
        (MAJOR_OLDEST..=MAJOR_NEWEST).contains(&self.major())
    }

    /// The version that a program prints, as `pg_dump (PostgreSQL) 15.18 (Debian …)` or `17beta1`.
    pub fn from_program(line: &str) -> Option<Self> {
        let number = line.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
        let mut parts =
            number.split(|c: char| !c.is_ascii_digit()).map(|part| part.parse::<u32>().unwrap_or(0));
        Some(Self(parts.next()? * 10_000 + parts.next().unwrap_or(0)))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major(), self.0 % 10_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_say_their_version_in_several_ways() {
        let read = |line| Version::from_program(line).map(|version| version.0);
        assert_eq!(read("pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"), Some(150_018));
        assert_eq!(read("pg_restore (PostgreSQL) 18beta1"), Some(180_000));
        assert_eq!(read("something else"), None);
    }
}
