//! What `ssh` says, and what to do about it. Its words are those of the C locale.

use super::super::dial::Failure;
use crate::{error::Kind, limits};

/// How `ssh` says why there is no connection, which kind of failure that is, and what mends it. The first that fits.
const STARTS: &[(&str, Kind, &str)] = &[
    (
        "REMOTE HOST IDENTIFICATION HAS CHANGED",
        Kind::Tunnel,
        "the far side's host key is not the one in known_hosts: it was made anew, or somebody sits in between; compare \
         its fingerprint on the machine's own console, then remove the old key by ssh-keygen -R HOST",
    ),
    (
        "Host key verification failed",
        Kind::Tunnel,
        "the far side's host key is not known here, and none is accepted unseen; connect once by hand with ssh, and \
         compare the fingerprint with that on the machine's own console",
    ),
    (
        "Permission denied",
        Kind::Tunnel,
        "the far side took none of our keys; load the key into the agent (ssh-add) or name it by IdentityFile in ~/.ssh/config; \
         nobody is asked for a password or a passphrase",
    ),
    (
        "Too many authentication failures",
        Kind::Tunnel,
        "the agent offered too many keys; name the right one by IdentityFile and IdentitiesOnly yes in ~/.ssh/config",
    ),
    ("Could not resolve hostname", Kind::UnknownHost, "check the name, and Host in ~/.ssh/config"),
    ("timed out", Kind::Timeout, "check the firewall before the far side's SSH port"),
    ("Connection refused", Kind::Unreachable, "check that sshd runs there, and its port"),
    ("No route to host", Kind::Unreachable, "check the address"),
    ("unreachable", Kind::Unreachable, "check the address"),
    (
        "onnection closed by",
        Kind::Unreachable,
        "sshd may be starting, full (MaxStartups), or shutting us out",
    ),
    ("onnection reset", Kind::Unreachable, "sshd may be starting, full (MaxStartups), or shutting us out"),
];

/// How it says why the far side let a connection go no further.
const PASSAGES: &[(&str, Kind, &str)] = &[
    (
        "administratively prohibited",
        Kind::Tunnel,
        "sshd there forbids it: see AllowTcpForwarding, AllowStreamLocalForwarding and PermitOpen in its sshd_config, \
         and the options of our key in authorized_keys",
    ),
    (
        "open failed",
        Kind::Unreachable,
        "host and port of the connection string are those that the far side sees; check that PostgreSQL listens there",
    ),
];

/// There is no child at all.
pub(super) fn not_started(error: &std::io::Error) -> Failure {
    let cause = if error.kind() == std::io::ErrorKind::NotFound {
        "there is no program ssh on this machine's PATH; install it (Debian: openssh-client)".to_owned()
    } else {
        format!("ssh cannot be started: {error}")
    };
    Failure::new(Kind::Tunnel, cause)
}

/// It ended before the tunnel stood.
pub(super) fn not_standing(said: &str) -> Failure {
    let known = STARTS.iter().find(|(mark, ..)| said.contains(mark));
    let (kind, advice) =
        known.map_or((Kind::Tunnel, "try the same with ssh -v"), |(_, kind, advice)| (*kind, *advice));
    Failure::new(kind, format!("ssh says: {}; {advice}", quoted(said)))
}

/// It stands nowhere, and does not end.
pub(super) fn too_slow(said: &str) -> Failure {
    let seconds = limits::TUNNEL_START.as_secs();
    let said = if said.is_empty() { String::new() } else { format!("; it says: {}", quoted(said)) };
    Failure::new(Kind::Timeout, format!("ssh made no tunnel within {seconds} s{said}"))
}

/// It stood, and has ended.
pub(super) fn ended(said: &str) -> Failure {
    Failure::new(Kind::Unreachable, format!("ssh ended; it said: {}", quoted(said)))
}

/// The tunnel stands, and the far side did not connect to where it leads.
pub(super) fn not_let_through(said: &str) -> Option<Failure> {
    let line = said.lines().rfind(|line| line.contains("open failed"))?;
    let (_, kind, advice) = PASSAGES.iter().find(|(mark, ..)| line.contains(mark))?;
    Some(Failure::new(*kind, format!("ssh says: {line}; {advice}")))
}

/// The last lines, in one; a frame of `@` is no word.
fn quoted(said: &str) -> String {
    let lines = said.lines().filter(|line| line.chars().any(|letter| !matches!(letter, '@' | ' ')));
    let lines: Vec<&str> = lines.collect();
    let last = &lines[lines.len().saturating_sub(limits::TOOL_LINES_SHOWN)..];
    if last.is_empty() { "nothing".to_owned() } else { last.join("; ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ssh_says_is_told_apart() {
        let kind = |said: &str| not_standing(said).kind;
        assert_eq!(kind("root@droplet: Permission denied (publickey)."), Kind::Tunnel);
        assert_eq!(kind("ssh: connect to host droplet port 22: Connection refused"), Kind::Unreachable);
        assert_eq!(kind("ssh: connect to host droplet port 22: Connection timed out"), Kind::Timeout);
        assert_eq!(
            kind("ssh: Could not resolve hostname droplet: Name or service not known"),
            Kind::UnknownHost
        );
        assert_eq!(kind(""), Kind::Tunnel);
        let changed = not_standing(
            "@@@\n@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key verification failed.",
        );
        assert!(
            changed.cause.contains("ssh-keygen -R") && !changed.cause.contains("@@"),
            "{}",
            changed.cause
        );
    }

    #[test]
    fn a_far_side_that_forbids_is_not_one_that_refuses() {
        let kind = |said: &str| not_let_through(said).map(|failure| failure.kind);
        assert_eq!(
            kind("channel 2: open failed: connect failed: Connection refused"),
            Some(Kind::Unreachable)
        );
        let forbidden = "channel 2: open failed: administratively prohibited: open failed";
        assert_eq!(kind(forbidden), Some(Kind::Tunnel));
        assert_eq!(kind("client_loop: send disconnect"), None);
    }
}
