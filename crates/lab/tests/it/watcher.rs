//! What a lab starts goes with the process that started it.

use std::{
    env,
    io::{BufRead, BufReader, Write},
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use pgferry_lab::{Major, Server};

const ROLE: &str = "PGFERRY_LAB_TEST_CHILD";

/// The child of the tests below: this very program, which starts a server and then waits for its end.
#[test]
fn as_a_child_start_a_server_and_wait() {
    let Some(end) = env::var_os(ROLE) else { return };
    let server = Server::start(Major(15)).unwrap();
    println!("\nfolder {}", server.socket_dir().display());
    std::io::stdout().flush().unwrap();
    assert!(end != "panic", "as told");
    thread::sleep(Duration::from_secs(60));
}

#[test]
fn a_server_is_gone_after_its_owner_was_killed() {
    let (mut child, folder) = child_with_server("kill");
    assert!(folder.is_dir());
    child.kill().unwrap();
    child.wait().unwrap();
    assert_gone(&folder);
}

#[test]
fn a_server_is_gone_after_its_owner_panicked() {
    let (mut child, folder) = child_with_server("panic");
    child.wait().unwrap();
    assert_gone(&folder);
}

fn spawn(end: &str) -> Child {
    Command::new(env::current_exe().unwrap())
        .args(["--exact", "watcher::as_a_child_start_a_server_and_wait", "--nocapture"])
        .env(ROLE, end)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn child_with_server(end: &str) -> (Child, PathBuf) {
    let mut child = spawn(end);
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let folder = lines.map_while(Result::ok).find_map(|line| line.strip_prefix("folder ").map(PathBuf::from));
    (child, folder.expect("the child names its folder"))
}

fn assert_gone(folder: &std::path::Path) {
    let deadline = Instant::now() + Duration::from_secs(20);
    let works_here =
        |pid: PathBuf| std::fs::read_link(pid.join("cwd")).is_ok_and(|cwd| cwd.starts_with(folder));
    loop {
        let alive = std::fs::read_dir("/proc").unwrap().flatten().any(|process| works_here(process.path()));
        if !alive && !folder.exists() {
            return;
        }
        assert!(Instant::now() < deadline, "{} is still there", folder.display());
        thread::sleep(Duration::from_millis(20));
    }
}
