//! Times, sizes and moments with their units, as the file and the flags have them.

use std::{fmt, marker::PhantomData, str::FromStr, time::Duration};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Visitor};

/// A length of time: `5s`, `10m`, `4h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd)]
pub struct Time(pub Duration);

/// A size: `20GiB`, `500MB`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bytes(pub u64);

/// A moment: with an offset, or as the clock of this machine has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment(pub jiff::Timestamp);

const TIME: &str = "a time has a unit, as \"5s\", \"10m\" or \"4h\"";
const SIZE: &str = "a size has a unit: kB, MB, GB, TB (thousands), KiB, MiB, GiB or TiB, as \"20GiB\"";
const MOMENT: &str = "a moment is written \"2026-12-01T04:00:00Z\", or without the Z in this machine's time";

const UNITS: [(&str, u64); 9] = [
    ("B", 1),
    ("kB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
];

impl FromStr for Time {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let span: jiff::SignedDuration = text.parse().map_err(|_| TIME.to_owned())?;
        span.try_into().map(Self).map_err(|_| "a time cannot be negative".to_owned())
    }
}

impl FromStr for Bytes {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let (number, unit) = text.split_at(end);
        let unit = unit.trim();
        let Some((_, factor)) = UNITS.iter().find(|(name, _)| *name == unit) else {
            let near = UNITS.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit));
            return Err(near.map_or(SIZE.to_owned(), |(name, _)| format!("{SIZE}; did you mean `{name}`?")));
        };
        let number: f64 = number.parse().map_err(|_| SIZE.to_owned())?;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "digits; too large is the largest"
        )]
        #[expect(clippy::cast_precision_loss, reason = "a limit")]
        let bytes = (number * *factor as f64) as u64;
        Ok(Self(bytes))
    }
}

impl FromStr for Moment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(moment) = text.parse() {
            return Ok(Self(moment));
        }
        let local: jiff::civil::DateTime = text.parse().map_err(|_| MOMENT.to_owned())?;
        let moment = jiff::tz::TimeZone::system().to_timestamp(local);
        moment.map(Self).map_err(|_| MOMENT.to_owned())
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        match seconds {
            0 => write!(f, "{}ms", self.0.as_millis()),
            _ if self.0.subsec_nanos() != 0 => write!(f, "{}ms", self.0.as_millis()),
            _ if seconds.is_multiple_of(3600) => write!(f, "{}h", seconds / 3600),
            _ if seconds.is_multiple_of(60) => write!(f, "{}m", seconds / 60),
            _ => write!(f, "{seconds}s"),
        }
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fits = |(_, factor): &&(&str, u64)| self.0 != 0 && self.0.is_multiple_of(*factor);
        let (unit, factor) = UNITS.iter().filter(fits).max_by_key(|(_, factor)| *factor).unwrap_or(&UNITS[0]);
        write!(f, "{}{unit}", self.0 / factor)
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

struct Text<T>(PhantomData<T>);

impl<T: FromStr<Err = String>> Visitor<'_> for Text<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text in quotes")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(E::custom)
    }

    /// A number has no unit, and the parser says so.
    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<T, E> {
        self.visit_str(&number.to_string())
    }
}

macro_rules! as_text {
    ($($kind:ty)*) => {$(
        impl<'de> Deserialize<'de> for $kind {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_any(Text(PhantomData))
            }
        }

        impl Serialize for $kind {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
    )*};
}

as_text!(Time Bytes Moment);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        for text in ["5s", "10m", "4h", "1500ms", "90s", "0ms"] {
            assert_eq!(text.parse::<Time>().unwrap().to_string(), text);
        }
        for text in ["20GiB", "500MB", "1kB", "7B", "0B"] {
            assert_eq!(text.parse::<Bytes>().unwrap().to_string(), text);
        }
        assert_eq!("1.5GiB".parse::<Bytes>().unwrap(), Bytes(3 << 29));
        let moment = "2026-12-01T04:00:00Z";
        assert_eq!(moment.parse::<Moment>().unwrap().to_string(), moment);
        assert!("2026-12-01T04:00:00".parse::<Moment>().is_ok());
    }

    #[test]
    fn a_wrong_unit_is_told_the_right_ones() {
        assert!("5".parse::<Time>().unwrap_err().contains("5s"));
        assert!("-5s".parse::<Time>().unwrap_err().contains("negative"));
        assert!("20gib".parse::<Bytes>().unwrap_err().contains("did you mean `GiB`?"));
        for wrong in ["20", "GiB", "1.2.3GB", "20 G"] {
            assert!(wrong.parse::<Bytes>().unwrap_err().contains("MiB"), "{wrong}");
        }
        assert!("tomorrow".parse::<Moment>().unwrap_err().contains("2026-12-01T04:00:00Z"));
    }
}
