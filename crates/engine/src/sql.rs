//! SQL files, by one macro.

/// The text of `sql/NAME.sql`; with majors behind it, the newest variant `NAME_MAJOR.sql` that `version` reaches.
macro_rules! sql {
    ($name:literal) => {
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/sql/", $name, ".sql"))
    };
    ($version:expr, $name:literal $(, $major:literal)+) => {{
        let major = $version.major();
        let mut text = $crate::sql::sql!($name);
        $(if major >= $major {
            text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/sql/", $name, "_", $major, ".sql"));
        })+
        text
    }};
}
pub(crate) use sql;
