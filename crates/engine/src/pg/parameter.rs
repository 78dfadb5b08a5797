//! Values beside a statement, sent with their types: a server that has to be asked for the types costs a round trip more.

use tokio_postgres::types::{ToSql, Type};

/// A value of one type only.
pub trait Parameter: ToSql + Sync {
    /// The type as which the server reads it.
    fn kind(&self) -> Type;
}

macro_rules! parameters {
    ($($rust:ty => $kind:ident),* $(,)?) => {
        $(impl Parameter for $rust {
            fn kind(&self) -> Type {
                Type::$kind
            }
        })*
    };
}

parameters! {
    bool => BOOL,
    i32 => INT4,
    i64 => INT8,
    &str => TEXT,
    String => TEXT,
    &[&str] => TEXT_ARRAY,
    &[String] => TEXT_ARRAY,
    Vec<String> => TEXT_ARRAY,
    &Vec<String> => TEXT_ARRAY,
    &[u32] => OID_ARRAY,
    Vec<u32> => OID_ARRAY,
}
