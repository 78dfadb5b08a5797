//! Connection strings as libpq reads them: URIs, keyword strings, services, passfiles.
//!
//! Source: PostgreSQL manual, "Connection Strings" and "Parameter Key Words". Of the environment nothing is read here:
//! what may come from there (files and security, never a host, a user or a password) is handed in as [`Defaults`].

use std::{fmt, path::PathBuf, time::Duration};

use super::secret::Secret;
use crate::{
    error::{Error, Kind, Result, Side},
    limits,
};

mod keywords;
mod passfile;
mod service;

/// What the caller found in the environment and the home folder.
#[derive(Clone, Debug, Default)]
pub struct Defaults {
    /// PGPASSFILE, else `~/.pgpass`.
    pub passfile: Option<PathBuf>,
    /// PGSERVICEFILE, else `~/.pg_service.conf`.
    pub servicefile: Option<PathBuf>,
    /// PGSSLMODE.
    pub sslmode: Option<String>,
    /// PGSSLROOTCERT.
    pub sslrootcert: Option<String>,
    /// PGSSLCERT.
    pub sslcert: Option<String>,
    /// PGSSLKEY.
    pub sslkey: Option<String>,
    /// PGCONNECT_TIMEOUT.
    pub connect_timeout: Option<String>,
    /// The operating system's user.
    pub user: Option<String>,
}

/// How much TLS. Source: PostgreSQL manual, "SSL Support".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SslMode {
    /// None.
    Disable,
    /// If the server offers it; `allow` is taken for this too, since TLS costs nobody anything here.
    Prefer,
    /// Or nothing; the certificate is not looked at.
    Require,
    /// The certificate must be of a trusted authority.
    VerifyCa,
    /// And carry the host's name.
    VerifyFull,
}

/// Whether SCRAM is bound to the TLS channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binding {
    /// Never.
    Disable,
    /// Where both sides can.
    Prefer,
    /// Or no login.
    Require,
}

/// One server to try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// A name, an address, or the folder of a Unix socket.
    pub name: String,
    /// `hostaddr`: the address to dial in place of looking the name up.
    pub address: Option<String>,
    /// The port, also of a Unix socket's file name.
    pub port: u16,
}

/// A connection string, understood. Prints without its password.
#[derive(Clone)]
pub struct Conninfo {
    side: Side,
    hosts: Vec<Host>,
    user: String,
    database: String,
    password: Option<Secret>,
    passfile: Option<PathBuf>,
    options: Option<String>,
    ssl_mode: Option<SslMode>,
    pub(super) root_cert: Option<String>,
    pub(super) client_cert: Option<String>,
    pub(super) client_key: Option<String>,
    channel_binding: Binding,
    connect_timeout: Duration,
    pub(super) keepalive: Keepalive,
}

/// TCP's own timers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Keepalive {
    pub(super) on: bool,
    pub(super) idle: Duration,
    pub(super) interval: Duration,
    pub(super) count: u32,
    pub(super) user_timeout: Duration,
}

impl Conninfo {
    /// Understands a URI (`postgresql://…`) or a keyword string (`host=… user=…`).
    ///
    /// # Errors
    /// [`Kind::Usage`]: what cannot be meant, with the nearest right word.
    pub fn parse(text: &str, side: Side, defaults: &Defaults) -> Result<Self> {
        let wrong = |cause: String| {
            Error::new(Kind::Usage, side, format!("read the {side}'s connection string")).because(cause)
        };
        let mut given = keywords::read(text).map_err(wrong)?;
        if let Some(name) = given.remove("service") {
            let file =
                given.remove("servicefile").map(PathBuf::from).or_else(|| defaults.servicefile.clone());
            for (keyword, value) in service::read(&name, file.as_deref()).map_err(wrong)? {
                given.entry(keyword).or_insert(value);
            }
        }
        build(given, side, defaults).map_err(wrong)
    }

    /// Which database it leads to.
    pub fn side(&self) -> Side {
        self.side
    }

    /// The role.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// The database's name.
    pub fn database(&self) -> &str {
        &self.database
    }

    /// The same server, another database.
    #[must_use]
    pub fn with_database(&self, name: &str) -> Self {
        Self { database: name.to_owned(), ..self.clone() }
    }

    /// Servers to try, in order.
    pub fn hosts(&self) -> &[Host] {
        &self.hosts
    }

    /// `options`: settings for the session's start.
    pub fn options(&self) -> Option<&str> {
        self.options.as_deref()
    }

    /// How long one server may take to answer.
    pub fn connect_timeout(&self) -> Duration {
        self.connect_timeout
    }

    /// Whether SCRAM is bound to the channel.
    pub fn channel_binding(&self) -> Binding {
        self.channel_binding
    }

    /// How much TLS towards `host`: as asked, else verify-full for anything beyond this machine.
    pub fn ssl_mode(&self, host: &Host) -> SslMode {
        match self.ssl_mode {
            _ if host.is_socket() => SslMode::Disable,
            // as libpq: a root certificate that was named is looked at
            Some(SslMode::Require) if self.root_cert.is_some() => SslMode::VerifyCa,
            Some(mode) => mode,
            None if host.is_loopback() => SslMode::Prefer,
            None => SslMode::VerifyFull,
        }
    }

    /// The password for `host`: the string's own, else the passfile's.
    pub(super) fn password_for(&self, host: &Host) -> Option<Secret> {
        let from_file = || passfile::find(self.passfile.as_deref()?, host, &self.database, &self.user);
        self.password.clone().or_else(from_file)
    }

    /// For people: where to and as whom, without the password.
    pub fn redacted(&self) -> String {
        let hosts: Vec<String> = self.hosts.iter().map(Host::to_string).collect();
        format!("postgresql://{}@{}/{}", self.user, hosts.join(","), self.database)
    }
}

impl fmt::Debug for Conninfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.redacted())
    }
}

impl Host {
    /// The folder of a Unix socket.
    pub fn is_socket(&self) -> bool {
        self.name.starts_with('/')
    }

    /// This very machine, by TCP.
    pub fn is_loopback(&self) -> bool {
        let dialled = self.address.as_deref().unwrap_or(&self.name);
        dialled == "localhost"
            || dialled.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.name.contains(':') {
            return write!(f, "[{}]:{}", self.name, self.port);
        }
        write!(f, "{}:{}", self.name, self.port)
    }
}

type Given = std::collections::HashMap<String, String>;

fn build(mut given: Given, side: Side, defaults: &Defaults) -> std::result::Result<Conninfo, String> {
    let hosts = hosts(&mut given)?;
    let user = given.remove("user").or_else(|| defaults.user.clone()).ok_or("it names no user")?;
    let database = given.remove("dbname").unwrap_or_else(|| user.clone());
    let default = |name: &str, default: &Option<String>, given: &mut Given| {
        given.remove(name).or_else(|| default.clone())
    };
    let ssl_mode =
        default("sslmode", &defaults.sslmode, &mut given).map(|mode| ssl_mode(&mode)).transpose()?;
    let timeout = default("connect_timeout", &defaults.connect_timeout, &mut given);
    let connect_timeout = match timeout {
        None => limits::CONNECT_TIMEOUT,
        Some(text) => match seconds("connect_timeout", &text)? {
            Duration::ZERO => limits::CONNECT_TIMEOUT,
            some => some.max(Duration::from_secs(2)),
        },
    };
    let channel_binding = match given.remove("channel_binding").as_deref() {
        None | Some("prefer") => Binding::Prefer,
        Some("disable") => Binding::Disable,
        Some("require") => Binding::Require,
        Some(other) => return Err(format!("channel_binding={other}: it is disable, prefer or require")),
    };
    Ok(Conninfo {
        side,
        hosts,
        user,
        database,
        password: given.remove("password").filter(|text| !text.is_empty()).map(Secret::new),
        passfile: given.remove("passfile").map(PathBuf::from).or_else(|| defaults.passfile.clone()),
        options: given.remove("options"),
        ssl_mode,
        root_cert: default("sslrootcert", &defaults.sslrootcert, &mut given),
        client_cert: default("sslcert", &defaults.sslcert, &mut given),
        client_key: default("sslkey", &defaults.sslkey, &mut given),
        channel_binding,
        connect_timeout,
        keepalive: keepalive(&mut given)?,
    })
}

fn ssl_mode(text: &str) -> std::result::Result<SslMode, String> {
    Ok(match text {
        "disable" => SslMode::Disable,
        "allow" | "prefer" => SslMode::Prefer,
        "require" => SslMode::Require,
        "verify-ca" => SslMode::VerifyCa,
        "verify-full" => SslMode::VerifyFull,
        other => {
            return Err(format!(
                "sslmode={other}: it is disable, allow, prefer, require, verify-ca or verify-full"
            ));
        }
    })
}

fn hosts(given: &mut Given) -> std::result::Result<Vec<Host>, String> {
    let list = |text: Option<String>| -> Vec<String> {
        text.map(|text| text.split(',').map(|part| part.trim().to_owned()).collect()).unwrap_or_default()
    };
    let (names, addresses) = (list(given.remove("host")), list(given.remove("hostaddr")));
    let ports = list(given.remove("port"));
    let count = names.len().max(addresses.len());
    if count == 0 || (names.iter().all(String::is_empty) && addresses.is_empty()) {
        return Err("it names no host".to_owned());
    }
    if !names.is_empty() && !addresses.is_empty() && names.len() != addresses.len() {
        return Err(format!("{} hosts and {} hostaddrs", names.len(), addresses.len()));
    }
    if ports.len() > 1 && ports.len() != count {
        return Err(format!("{count} hosts and {} ports", ports.len()));
    }
    let host = |at: usize| {
        let port = ports.get(if ports.len() == 1 { 0 } else { at }).map_or("", String::as_str);
        let port = if port.is_empty() {
            5432
        } else {
            port.parse().map_err(|_| format!("port={port}: it is a number from 1 to 65535"))?
        };
        let address = addresses.get(at).filter(|address| !address.is_empty()).cloned();
        let name = names.get(at).cloned().filter(|name| !name.is_empty()).or_else(|| address.clone());
        Ok(Host { name: name.ok_or("a host's name is empty")?, address, port })
    };
    (0..count).map(host).collect()
}

fn keepalive(given: &mut Given) -> std::result::Result<Keepalive, String> {
    let mut time = |name: &str, default: Duration| match given.remove(name) {
        None => Ok(default),
        Some(text) => seconds(name, &text).map(|time| if time.is_zero() { default } else { time }),
    };
    let idle = time("keepalives_idle", limits::KEEPALIVE_IDLE)?;
    let interval = time("keepalives_interval", limits::KEEPALIVE_INTERVAL)?;
    let count = match given.remove("keepalives_count") {
        None => limits::KEEPALIVE_PROBES,
        Some(text) => text.parse().map_err(|_| format!("keepalives_count={text}: it is a number"))?,
    };
    let user_timeout = match given.remove("tcp_user_timeout") {
        None => limits::TCP_USER_TIMEOUT,
        Some(text) => match text
            .parse()
            .map_err(|_| format!("tcp_user_timeout={text}: it is a number of milliseconds"))?
        {
            0 => limits::TCP_USER_TIMEOUT,
            some => Duration::from_millis(some),
        },
    };
    let on = given.remove("keepalives").as_deref() != Some("0");
    Ok(Keepalive { on, idle, interval, count, user_timeout })
}

fn seconds(name: &str, text: &str) -> std::result::Result<Duration, String> {
    let number: i64 = text.trim().parse().map_err(|_| format!("{name}={text}: it is a number of seconds"))?;
    Ok(Duration::from_secs(u64::try_from(number).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(text: &str) -> Result<Conninfo> {
        Conninfo::parse(text, Side::Source, &Defaults::default())
    }

    #[test]
    fn a_uri_and_a_keyword_string_say_the_same() {
        let uri =
            parse("postgresql://al%20ice:se%40cret@db.example:6000/sh%2Fop?options=-c%20a%3Db").unwrap();
        let keywords =
            parse("host=db.example port=6000 user='al ice' password=se@cret dbname=sh/op options='-c a=b'")
                .unwrap();
        for one in [&uri, &keywords] {
            assert_eq!((one.user(), one.database(), one.options()), ("al ice", "sh/op", Some("-c a=b")));
            assert_eq!(one.hosts(), [Host { name: "db.example".into(), address: None, port: 6000 }]);
            assert_eq!(one.password.as_ref().unwrap().reveal(), "se@cret");
        }
    }

    #[test]
    fn hosts_may_be_several_and_of_every_kind() {
        let many = parse("postgresql://u@a,b:2,[::1]:3,%2Fvar%2Frun:4/d").unwrap();
        let shown: Vec<String> = many.hosts().iter().map(Host::to_string).collect();
        assert_eq!(shown, ["a:5432", "b:2", "[::1]:3", "/var/run:4"]);
        assert_eq!(many.ssl_mode(&many.hosts()[0]), SslMode::VerifyFull);
        assert_eq!(many.ssl_mode(&many.hosts()[2]), SslMode::Prefer);
        assert_eq!(many.ssl_mode(&many.hosts()[3]), SslMode::Disable);
    }

    #[test]
    fn an_unknown_keyword_gets_the_nearest_right_word() {
        let error = parse("postgresql://u@h/d?sslmod=require").unwrap_err().to_string();
        assert!(error.contains("\"sslmod\"") && error.contains("sslmode"), "{error}");
    }

    #[test]
    fn a_password_never_prints() {
        let info = parse("postgresql://u:hunter2@h/d").unwrap();
        assert!(!format!("{info:?} {}", info.redacted()).contains("hunter2"));
        let error = parse("postgresql://u:hunter2@h:x/d").unwrap_err();
        assert!(!format!("{error:?}").contains("hunter2"));
    }

    #[test]
    fn a_string_without_a_host_is_refused() {
        assert!(parse("user=u").unwrap_err().to_string().contains("names no host"));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in ".*") {
            let _ = parse(&text);
            let _ = parse(&format!("postgresql://{text}"));
        }

        #[test]
        fn quoted_values_round_trip(value in "[^\u{0}]{1,30}") {
            let quoted = value.replace('\\', "\\\\").replace('\'', "\\'");
            let info = parse(&format!("host=h user=u dbname='{quoted}'")).unwrap();
            prop_assert_eq!(info.database(), value);
        }

        #[test]
        fn percent_encoded_names_round_trip(value in "[^\u{0}]{1,30}") {
            let encoded = percent_encoding::utf8_percent_encode(&value, percent_encoding::NON_ALPHANUMERIC);
            let info = parse(&format!("postgresql://u@h/{encoded}")).unwrap();
            prop_assert_eq!(info.database(), value);
        }
    }
}
