//! Connection strings as libpq reads them: URIs, keyword strings, services, passfiles.
//!
//! Source: PostgreSQL manual, "Connection Strings" and "Parameter Key Words". Of the environment nothing is read here:
//! what may come from there (files and security, never a host, a user or a password) is handed in as [`Defaults`].
//! A keyword in the string goes before the service's, and that before the default.

use std::{fmt, path::PathBuf, time::Duration};

use super::{secret::Secret, tunnel::Tunnel};
use crate::{
    error::{Error, Kind, Result, Side},
    limits,
};
use keywords::Given;

mod host;
mod keywords;
mod parting;
mod passfile;
mod service;
mod uri;
mod value;

pub use host::Host;
pub use keywords::distance;
pub use parting::part;
pub use value::{Binding, SslMode, Wanted};
pub(super) use value::{Keepalive, State};

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
    /// The host where the string names none: the far side of a tunnel is a place of its own.
    pub host: Option<String>,
}

/// `sslrootcert=system`: the authorities that this machine trusts.
pub(super) const SYSTEM: &str = "system";

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
    application_name: Option<String>,
    wanted: Wanted,
    load_balance: bool,
    ssl_mode: Option<SslMode>,
    pub(super) root_cert: Option<String>,
    /// `sslcert` and `sslkey`.
    pub(super) client_cert: Option<(String, String)>,
    channel_binding: Binding,
    connect_timeout: Duration,
    pub(super) keepalive: Keepalive,
    tunnel: Option<Tunnel>,
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

    /// The same, with this password for every host unless the string has its own.
    #[must_use]
    pub fn or_password(self, password: Option<Secret>) -> Self {
        Self { password: self.password.or(password), ..self }
    }

    /// Whether the string itself holds a password.
    pub fn has_password(&self) -> bool {
        self.password.is_some()
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

    /// The same, reached through a tunnel: its hosts are then those that the far side of the tunnel sees.
    #[must_use]
    pub fn through(self, tunnel: Tunnel) -> Self {
        Self { tunnel: Some(tunnel), ..self }
    }

    /// The tunnel that leads there, if there is one.
    pub fn tunnel(&self) -> Option<&Tunnel> {
        self.tunnel.as_ref()
    }

    /// Servers to try, in order.
    pub fn hosts(&self) -> &[Host] {
        &self.hosts
    }

    /// Whether every server is on this machine: a socket or a loopback address.
    pub fn is_local(&self) -> bool {
        self.tunnel.is_none() && self.hosts.iter().all(|host| host.is_socket() || host.is_loopback())
    }

    /// `options`: settings for the session's start.
    pub fn options(&self) -> Option<&str> {
        self.options.as_deref()
    }

    /// `application_name`: what the operator calls the program.
    pub fn application_name(&self) -> Option<&str> {
        self.application_name.as_deref()
    }

    /// `target_session_attrs`: which of several servers is wanted. Logging in looks at it, dialling does not.
    pub fn wanted(&self) -> Wanted {
        self.wanted
    }

    /// `load_balance_hosts=random`. Nothing looks at it: hosts are tried in order, since all sessions need one server.
    pub fn load_balance(&self) -> bool {
        self.load_balance
    }

    /// How long one address of a server may take to answer.
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
            None if host.is_loopback() && self.root_cert.as_deref() != Some(SYSTEM) => SslMode::Prefer,
            None => SslMode::VerifyFull,
        }
    }

    /// What the operator should hear though nothing fails by it: a passfile that is there and not used.
    pub fn warnings(&self) -> Vec<String> {
        let file = self.passfile.as_deref().filter(|_| self.password.is_none());
        file.and_then(passfile::unusable).into_iter().collect()
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

impl fmt::Display for Conninfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.redacted())?;
        self.tunnel.as_ref().map_or(Ok(()), |tunnel| write!(f, " through ssh {tunnel}"))
    }
}

impl fmt::Debug for Conninfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn build(mut given: Given, side: Side, defaults: &Defaults) -> std::result::Result<Conninfo, String> {
    if let Some(host) = defaults.host.clone().filter(|_| !given.contains_key("hostaddr")) {
        given.entry("host".to_owned()).or_insert(host);
    }
    let hosts = host::take(&mut given)?;
    let keepalive = value::keepalive(&mut given)?;
    let mut take = |keyword: &str| given.remove(keyword);
    let user = take("user").or_else(|| defaults.user.clone()).ok_or("it names no user")?;
    let database = take("dbname").unwrap_or_else(|| user.clone());
    let ssl_mode = take("sslmode").or_else(|| defaults.sslmode.clone());
    let ssl_mode = ssl_mode.map(|text| value::ssl_mode(&text)).transpose()?;
    let root_cert = take("sslrootcert").or_else(|| defaults.sslrootcert.clone());
    let weak = matches!(ssl_mode, Some(SslMode::Prefer | SslMode::Require | SslMode::VerifyCa));
    if weak && root_cert.as_deref() == Some(SYSTEM) {
        return Err(
            "sslrootcert=system goes with sslmode=verify-full alone: such an authority gives anybody a \
                    certificate for a name of his own"
                .to_owned(),
        );
    }
    let certificate = take("sslcert").or_else(|| defaults.sslcert.clone());
    let client_cert = match (certificate, take("sslkey").or_else(|| defaults.sslkey.clone())) {
        (Some(certificate), Some(key)) => Some((certificate, key)),
        (None, None) => None,
        (Some(_), None) => return Err("sslcert needs sslkey beside it".to_owned()),
        (None, Some(_)) => return Err("sslkey needs sslcert beside it".to_owned()),
    };
    let wanted = take("target_session_attrs").map_or(Ok(Wanted::Any), |text| value::wanted(&text))?;
    if side == Side::Target && !wanted.may_write() {
        return Err(format!(
            "target_session_attrs={wanted}: the target is written to, so it is read-write or primary"
        ));
    }
    let timeout = take("connect_timeout").or_else(|| defaults.connect_timeout.clone());
    Ok(Conninfo {
        side,
        hosts,
        user,
        database,
        password: take("password").map(Secret::new),
        passfile: take("passfile").map(PathBuf::from).or_else(|| defaults.passfile.clone()),
        options: take("options"),
        application_name: take("application_name"),
        wanted,
        load_balance: take("load_balance_hosts").map_or(Ok(false), |text| value::load_balance(&text))?,
        ssl_mode,
        root_cert,
        client_cert,
        channel_binding: take("channel_binding").map_or(Ok(Binding::Prefer), |text| value::binding(&text))?,
        connect_timeout: timeout.map_or(Ok(limits::CONNECT_TIMEOUT), |text| value::connect_timeout(&text))?,
        keepalive,
        tunnel: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(text: &str) -> Result<Conninfo> {
        Conninfo::parse(text, Side::Source, &Defaults::default())
    }

    /// The mode towards the first host.
    fn mode(text: &str) -> SslMode {
        let info = parse(text).unwrap();
        info.ssl_mode(&info.hosts()[0])
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
        assert!(!many.is_local() && parse("host=localhost,/tmp user=u").unwrap().is_local());
    }

    #[test]
    fn a_root_certificate_that_is_named_is_looked_at() {
        assert_eq!(mode("host=h user=u sslmode=require"), SslMode::Require);
        assert_eq!(mode("host=h user=u sslmode=require sslrootcert=ca.pem"), SslMode::VerifyCa);
        assert_eq!(mode("host=localhost user=u sslrootcert=system"), SslMode::VerifyFull);
        assert!(parse("host=h user=u sslmode=require sslrootcert=system").is_err());
    }

    #[test]
    fn the_string_goes_before_the_service_and_that_before_the_defaults() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "[s]\nhost=h\nport=7\nuser=of_service\nsslmode=require\n").unwrap();
        let defaults = Defaults {
            servicefile: Some(file.path().to_owned()),
            sslmode: Some("disable".to_owned()),
            connect_timeout: Some("77".to_owned()),
            user: Some("of_system".to_owned()),
            ..Defaults::default()
        };
        let info = Conninfo::parse("service=s port=8", Side::Target, &defaults).unwrap();
        assert_eq!(info.to_string(), "postgresql://of_service@h:8/of_service");
        assert_eq!(info.ssl_mode(&info.hosts()[0]), SslMode::Require);
        assert_eq!(info.connect_timeout(), Duration::from_secs(77));
        let plain = Conninfo::parse("host=h", Side::Target, &defaults).unwrap();
        assert_eq!((plain.user(), plain.ssl_mode(&plain.hosts()[0])), ("of_system", SslMode::Disable));
    }

    #[test]
    fn what_only_a_session_can_use_is_kept() {
        let text = "host=h user=u application_name=app target_session_attrs=primary \
                    load_balance_hosts=random channel_binding=require gssencmode=require";
        let info = parse(text).unwrap();
        assert_eq!((info.application_name(), info.wanted()), (Some("app"), Wanted::Primary));
        assert!(info.load_balance() && info.channel_binding() == Binding::Require);
    }

    #[test]
    fn a_target_is_never_a_standby() {
        let target = |word: &str| {
            let text = format!("host=a,b user=u target_session_attrs={word}");
            Conninfo::parse(&text, Side::Target, &Defaults::default()).map(|info| info.wanted().to_string())
        };
        for word in ["any", "read-write", "primary"] {
            assert_eq!(target(word).unwrap(), word);
        }
        for word in ["read-only", "standby", "prefer-standby"] {
            let error = target(word).unwrap_err();
            assert!(
                error.kind == Kind::Usage && error.to_string().contains("the target is written to"),
                "{error}"
            );
        }
    }

    #[test]
    fn what_cannot_be_meant_is_a_usage_error_of_its_side() {
        for text in ["user=u", "host=h", "host=h user=u sslcert=a", "host=h user=u sslkey=a", "host", "x://h"]
        {
            let error = parse(text).unwrap_err();
            assert_eq!((error.kind, error.side), (Kind::Usage, Side::Source), "{text}");
        }
        assert!(parse("user=u").unwrap_err().to_string().contains("names no host"));
    }

    #[test]
    fn a_password_never_prints() {
        let info = parse("postgresql://u:hunter2@h/d").unwrap();
        assert!(!format!("{info:?} {info} {}", info.redacted()).contains("hunter2"));
        let error = parse("postgresql://u:hunter2@h:x/d").unwrap_err();
        assert!(!format!("{error:?}").contains("hunter2"));
    }

    #[test]
    fn a_passfile_that_is_not_used_is_a_warning() {
        let folder = tempfile::tempdir().unwrap();
        let defaults = Defaults { passfile: Some(folder.path().to_owned()), ..Defaults::default() };
        let warnings = |text: &str| Conninfo::parse(text, Side::Source, &defaults).unwrap().warnings().len();
        assert_eq!((warnings("host=h user=u"), warnings("host=h user=u password=p")), (1, 0));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in ".*") {
            let _ = parse(&text);
            let _ = parse(&format!("postgresql://{text}"));
        }

        #[test]
        fn a_raw_password_is_understood_or_refused_but_never_shown(
            before in "[a-z:/?@,%&=]{0,4}",
            behind in "[a-z:/?@,%&=]{0,4}",
        ) {
            let shown = match parse(&format!("postgresql://u:{before}31415{behind}@h/d")) {
                Ok(info) => format!("{info:?}"),
                Err(error) => format!("{error:?}"),
            };
            prop_assert!(!shown.contains("31415"), "{}", shown);
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
            let info = parse(&format!("postgresql://{encoded}:{encoded}@h/{encoded}")).unwrap();
            prop_assert_eq!((info.user(), info.database()), (&*value, &*value));
            prop_assert_eq!(info.password.as_ref().unwrap().reveal(), &*value);
        }
    }
}
