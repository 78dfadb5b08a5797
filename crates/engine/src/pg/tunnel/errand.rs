//! One command on the far side of a tunnel.

use std::process::Stdio;

use tokio::{
    io::{AsyncRead, AsyncReadExt},
    process::Command,
};

use super::{child, words};
use crate::limits;

/// Runs `command` over there by an `ssh` of its own, which forwards nothing and ends when this is dropped.
pub(super) async fn run(destination: &[String], command: &str) -> Result<String, String> {
    let mut ssh = Command::new("ssh")
        .args(["-T", "-o", "ClearAllForwardings=yes", "-o", "RemoteCommand=none"])
        .args(child::options())
        .args(destination)
        .arg(command)
        .env("LC_ALL", "C")
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| words::not_started(&error).cause)?;
    let (stdout, stderr) = (ssh.stdout.take(), ssh.stderr.take());
    let (printed, said) = tokio::join!(text(stdout), text(stderr));
    match ssh.wait().await {
        Ok(status) if status.success() => Ok(printed),
        // whatever greets a login comes before the cause
        _ => Err(said.trim().lines().last().unwrap_or("it failed without a word").to_owned()),
    }
}

/// As much as is read of what a stream gives; the rest is thrown away, so that the other side does not wait.
async fn text(stream: Option<impl AsyncRead + Unpin>) -> String {
    let Some(mut stream) = stream else { return String::new() };
    let mut bytes = Vec::new();
    // what came before an error is all there is
    let _ = (&mut stream).take(limits::TUNNEL_COMMAND_BYTES).read_to_end(&mut bytes).await;
    let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
    String::from_utf8_lossy(&bytes).into_owned()
}
