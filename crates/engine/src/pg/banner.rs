//! What answers on a port where PostgreSQL was looked for and not found, by its name.
//!
//! Some speak first (MySQL, SSH); the others answer a line of text, each in its own way. What they say is recognised and
//! never repeated: nobody knows whose words they are.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::{Instant, timeout_at},
};

use super::stream::Plain;
use crate::limits;

/// What is said: nothing, then a line that web servers, MongoDB and Redis answer.
const SAID: [&[u8]; 2] = [b"", b"GET / HTTP/1.0\r\n\r\n"];

/// What was heard.
pub(super) enum Heard {
    /// Something that is known by its answer.
    Name(&'static str),
    /// Connections are taken, and nothing comes back.
    Nothing,
    /// It could not be told.
    Other,
}

/// Listens to what answers, over connections of its own.
pub(super) async fn listen<F: Future<Output = Option<Plain>>>(connect: impl Fn() -> F) -> Heard {
    let mut silent = true;
    for said in SAID {
        let Some(stream) = connect().await else { return Heard::Other };
        let (heard, open) = answer(stream, said).await;
        if let Some(name) = name(&heard) {
            return Heard::Name(name);
        }
        silent &= heard.is_empty() && open;
    }
    if silent { Heard::Nothing } else { Heard::Other }
}

/// The beginning of the answer, and whether the connection is still open.
async fn answer(mut stream: Plain, said: &[u8]) -> (Vec<u8>, bool) {
    let deadline = Instant::now() + limits::BANNER_PATIENCE;
    let mut heard = Vec::with_capacity(limits::BANNER_BYTES);
    if stream.write_all(said).await.is_err() {
        return (heard, false);
    }
    // MongoDB's text stands behind what any web server says
    while heard.len() < limits::BANNER_BYTES && (name(&heard).is_none() || heard.starts_with(b"HTTP/")) {
        match timeout_at(deadline, stream.read_buf(&mut heard)).await {
            Ok(Ok(count)) if count > 0 => {}
            Ok(_) => return (heard, false),
            Err(_) => break,
        }
    }
    (heard, true)
}

/// Sources: MySQL's and MariaDB's "Protocol::HandshakeV10" and "ERR_Packet"; RFC 4253, section 4.2; RFC 8446, section 6;
/// the Redis serialization protocol, "Simple errors"; MongoDB's own answer to HTTP.
fn name(heard: &[u8]) -> Option<&'static str> {
    let has = |text: &str| heard.windows(text.len()).any(|part| part == text.as_bytes());
    let packet = |kind: u8| heard.get(3) == Some(&0) && heard.get(4) == Some(&kind);
    let whole = heard.first().is_some_and(|length| heard.len() >= usize::from(*length) + 4);
    match heard {
        _ if packet(10) && has("MariaDB") => Some("MariaDB"),
        _ if packet(0xff) && has("MariaDB") => Some("MariaDB"),
        _ if (packet(10) || packet(0xff)) && whole => Some("MySQL"),
        _ if has("trying to access MongoDB") => Some("MongoDB"),
        _ if heard.starts_with(b"SSH-") => Some("an SSH server"),
        _ if heard.starts_with(b"HTTP/") && has("\r\n\r\n") => Some("a web server (HTTP)"),
        _ if [&b"-ERR "[..], b"-NOAUTH ", b"-DENIED "].iter().any(|mark| heard.starts_with(mark)) => {
            Some("Redis")
        }
        [0x15, 3, 0..=4, 0, 2, ..] => Some("a server that speaks TLS from the first byte (HTTPS?)"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_greeting_is_recognised_once_it_is_whole() {
        let greeting = |version: &str| {
            let mut body = vec![10];
            body.extend(version.as_bytes());
            body.extend([0; 20]);
            [&[u8::try_from(body.len()).unwrap(), 0, 0, 0], &body[..]].concat()
        };
        assert_eq!(name(&greeting("8.0.36")), Some("MySQL"));
        assert_eq!(name(&greeting("5.5.5-10.11.6-MariaDB")), Some("MariaDB"));
        assert_eq!(name(&greeting("5.5.5-10.11.6-MariaDB")[..9]), None);
        assert_eq!(name(b"SSH-2.0-OpenSSH_9.2"), Some("an SSH server"));
        assert_eq!(name(b"-NOAUTH Authentication required.\r\n"), Some("Redis"));
        assert_eq!(name(b"HTTP/1.1 400 Bad Request\r\n\r\n"), Some("a web server (HTTP)"));
        let mongo = b"HTTP/1.0 200 OK\r\n\r\nIt looks like you are trying to access MongoDB over HTTP";
        assert_eq!(name(mongo), Some("MongoDB"));
        for postgres in [&b"N"[..], b"S", b"E\0\0\0\x20SFATAL\0", b""] {
            assert_eq!(name(postgres), None);
        }
    }
}
