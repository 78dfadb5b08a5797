//! What our sessions set before anything else.

use super::version::Version;
use crate::limits;

/// Our texts are UTF-8, and the server takes those of a session that says nothing for its own encoding's. Where it has
/// none, bytes are bytes.
pub(super) const ENCODING: &str = "select pg_catalog.set_config('client_encoding', \
    case pg_catalog.getdatabaseencoding() when 'SQL_ASCII' then 'SQL_ASCII' else 'UTF8' end, false)";

/// What every session of ours sets first. Times that the operator set for the application do not bind us, row
/// security raises instead of hiding rows, and texts read the same on both sides.
pub fn settings(version: Version) -> String {
    let mut settings = vec![
        ("row_security", "off".to_owned()),
        ("search_path", String::new()),
        ("statement_timeout", "0".to_owned()),
        ("lock_timeout", "0".to_owned()),
        ("idle_in_transaction_session_timeout", "0".to_owned()),
        ("default_transaction_isolation", "read committed".to_owned()),
        ("default_transaction_read_only", "off".to_owned()),
        ("synchronous_commit", "on".to_owned()),
        ("jit", "off".to_owned()),
        ("synchronize_seqscans", "off".to_owned()),
        ("client_min_messages", "warning".to_owned()),
        ("check_function_bodies", "off".to_owned()),
        ("standard_conforming_strings", "on".to_owned()),
        ("quote_all_identifiers", "off".to_owned()),
        ("transform_null_equals", "off".to_owned()),
        ("array_nulls", "on".to_owned()),
        ("xmloption", "content".to_owned()),
        ("datestyle", "ISO, MDY".to_owned()),
        ("intervalstyle", "postgres".to_owned()),
        ("timezone", "UTC".to_owned()),
        ("extra_float_digits", "3".to_owned()),
        ("bytea_output", "hex".to_owned()),
        ("lc_monetary", "C".to_owned()),
        ("tcp_user_timeout", limits::TCP_USER_TIMEOUT.as_millis().to_string()),
        ("tcp_keepalives_idle", limits::KEEPALIVE_IDLE.as_secs().to_string()),
        ("tcp_keepalives_interval", limits::KEEPALIVE_INTERVAL.as_secs().to_string()),
        ("tcp_keepalives_count", limits::KEEPALIVE_PROBES.to_string()),
    ];
    if version.major() >= 14 {
        settings.push(("idle_session_timeout", "0".to_owned()));
    }
    if version.major() >= 17 {
        settings.push(("transaction_timeout", "0".to_owned()));
    }
    let mut sql: String = settings.iter().map(|(name, value)| format!("set {name} = '{value}';")).collect();
    if version.major() >= 14 {
        // where its platform lets it, the server ends what waits for a lock when we are no more
        sql.push_str(&format!(
            "select pg_catalog.set_config('client_connection_check_interval', '{}', false) \
             where pg_catalog.version() like '%linux%';",
            limits::CLIENT_CHECK.as_millis()
        ));
    }
    sql
}
