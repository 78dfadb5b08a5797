//! The servers that a connection string names.

use std::{fmt, net::IpAddr};

use super::keywords::Given;

const PORT: u16 = 5432;

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

impl Host {
    /// The folder of a Unix socket.
    pub fn is_socket(&self) -> bool {
        self.name.starts_with('/') && self.address.is_none()
    }

    /// The socket in that folder.
    pub(in crate::pg) fn socket_file(&self) -> String {
        format!("{}/.s.PGSQL.{}", self.name.trim_end_matches('/'), self.port)
    }

    /// This very machine, by TCP.
    pub fn is_loopback(&self) -> bool {
        let dialled = self.address.as_deref().unwrap_or(&self.name);
        dialled.eq_ignore_ascii_case("localhost")
            || dialled.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
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

/// Takes `host`, `hostaddr` and `port` out of what was given, each a list divided by commas.
pub(super) fn take(given: &mut Given) -> Result<Vec<Host>, String> {
    let (names, addresses) = (list(given.remove("host")), list(given.remove("hostaddr")));
    let ports = list(given.remove("port"));
    let count = names.len().max(addresses.len());
    if names.iter().chain(&addresses).all(String::is_empty) {
        return Err("it names no host".to_owned());
    }
    if !names.is_empty() && !addresses.is_empty() && names.len() != addresses.len() {
        return Err(format!("it has {} hosts and {} hostaddrs", names.len(), addresses.len()));
    }
    if ports.len() > 1 && ports.len() != count {
        return Err(format!("it has {count} hosts and {} ports", ports.len()));
    }
    let host = |at: usize| {
        let address = addresses.get(at).filter(|address| !address.is_empty()).cloned();
        if let Some(address) = &address {
            // fe80::1%eth0 has a zone
            let bare = address.split('%').next().unwrap_or_default();
            bare.parse::<IpAddr>()
                .map_err(|_| format!("hostaddr={address}: it is an address like 10.0.0.1"))?;
        }
        let name = names.get(at).filter(|name| !name.is_empty()).cloned().or_else(|| address.clone());
        let port = port(ports.get(if ports.len() == 1 { 0 } else { at }).map_or("", String::as_str))?;
        Ok(Host { name: name.ok_or("a host's name is empty")?, address, port })
    };
    (0..count).map(host).collect()
}

fn list(text: Option<String>) -> Vec<String> {
    text.map(|text| text.split(',').map(|part| part.trim().to_owned()).collect()).unwrap_or_default()
}

fn port(text: &str) -> Result<u16, String> {
    match text.parse() {
        _ if text.is_empty() => Ok(PORT),
        Ok(0) | Err(_) => Err("a port is a number from 1 to 65535".to_owned()),
        Ok(port) => Ok(port),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(pairs: &[(&str, &str)]) -> Result<Vec<Host>, String> {
        take(&mut pairs.iter().map(|(keyword, value)| ((*keyword).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn an_address_is_dialled_and_the_name_verified() {
        let host = Host { name: "db".into(), address: Some("10.0.0.1".into()), port: 5432 };
        assert_eq!(hosts(&[("host", "db"), ("hostaddr", "10.0.0.1")]).unwrap(), [host]);
        assert_eq!(hosts(&[("hostaddr", "::1")]).unwrap()[0].to_string(), "[::1]:5432");
        assert!(hosts(&[("host", "db"), ("hostaddr", "db.example")]).unwrap_err().contains("10.0.0.1"));
    }

    #[test]
    fn lists_have_one_length() {
        assert_eq!(hosts(&[("host", "a,b"), ("port", "7")]).unwrap()[1].port, 7);
        assert!(hosts(&[("host", "a,b,c"), ("port", "1,2")]).is_err());
        assert!(hosts(&[("host", "a,b"), ("hostaddr", "10.0.0.1")]).is_err());
        assert!(hosts(&[("host", "a,,b")]).is_err());
        assert!(hosts(&[("host", "a"), ("port", "0")]).is_err() && hosts(&[]).is_err());
    }

    #[test]
    fn loopback_has_many_spellings() {
        let loopback = |name: &str| Host { name: name.into(), address: None, port: 1 }.is_loopback();
        assert!(
            ["localhost", "LOCALHOST", "127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"]
                .map(loopback)
                .iter()
                .all(|is| *is)
        );
        assert!(
            !["localhost.example", "10.0.0.1", "/tmp", "127.0.0.1.example"]
                .map(loopback)
                .iter()
                .any(|is| *is)
        );
    }
}
