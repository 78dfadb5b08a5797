//! Drives `bench/bench.py` with our own contender among the others.

use anyhow::Result;
use clap::{Args, Subcommand};
use xshell::cmd;

use crate::workspace::Workspace;

/// A tool that waits for each answer takes a quarter of an hour for the small tables behind 20 ms each way.
const DELAYED_LIMIT_SECONDS: &str = "3600";

/// What to measure.
#[derive(Subcommand)]
pub(crate) enum Bench {
    /// Copy a database, one contender after the other; makes the servers and the data where they are missing.
    Clone(Compare),
    /// Say whether two databases are equal; makes the copy first.
    Verify(Compare),
    /// Assess 20,000 tables beside pg_dump, and a database beside clients at full speed.
    Assess {
        /// How often each is measured.
        #[arg(long, default_value_t = 5)]
        repeats: u32,
    },
    /// Copy a database over the bare connection and through the SSH tunnel, next to each other.
    Tunnel {
        /// The database; as for `clone`.
        #[arg(long, default_value = "w1")]
        db: String,
        /// How often each way is taken.
        #[arg(long, default_value_t = 5)]
        repeats: u32,
    },
    /// Anything else that bench.py does: up, gen, report, down, destroy …
    #[command(external_subcommand)]
    Other(Vec<String>),
}

/// One comparison.
#[derive(Args)]
pub(crate) struct Compare {
    /// The database: `w1` (tables of every kind, about 3 GB) or `many` (2,000 small tables).
    #[arg(long, default_value = "w1")]
    db: String,
    /// How often each contender runs.
    #[arg(long, default_value_t = 5)]
    repeats: u32,
    /// Milliseconds added each way between the tools and the target.
    #[arg(long, default_value_t = 0)]
    delay: u32,
    /// Those that take part, next to each other in each repeat; the reference and pgferry where none is named.
    contenders: Vec<String>,
}

/// Measures, then prints the table.
pub(crate) fn run(workspace: &Workspace, bench: Bench) -> Result<()> {
    match bench {
        Bench::Clone(compare) => measure(workspace, "clone", &compare, &["floor", "pgferry"]),
        Bench::Verify(compare) => {
            let copied =
                Compare { repeats: 1, contenders: vec!["floor".into()], db: compare.db.clone(), delay: 0 };
            measure(workspace, "clone", &copied, &[])?;
            measure(workspace, "verify", &compare, &["sqlsum", "pgferry"])
        }
        Bench::Assess { repeats } => assess(workspace, repeats),
        Bench::Tunnel { db, repeats } => tunnel(workspace, &db, repeats),
        Bench::Other(args) => python(workspace, &args),
    }
}

fn measure(workspace: &Workspace, what: &str, compare: &Compare, usual: &[&str]) -> Result<()> {
    let pgferry = workspace.build_release()?;
    let Compare { db, repeats, delay, contenders } = compare;
    let _program = workspace.shell.push_env("PGFERRY", pgferry);
    let _delay = workspace.shell.push_env("BENCH_TARGET_DELAY_MS", delay.to_string());
    let contenders = if contenders.is_empty() {
        usual.iter().map(|name| (*name).into()).collect()
    } else {
        contenders.clone()
    };
    python(workspace, &["up".into()])?;
    python(workspace, &["gen".into(), "--missing".into(), db.clone()])?;
    let mut options =
        [what, "--keep", "--db", db, "--repeats", &repeats.to_string()].map(String::from).to_vec();
    if 0 < *delay {
        options.extend(["--limit".into(), DELAYED_LIMIT_SECONDS.into()]);
    }
    python(workspace, &[options, contenders].concat())?;
    python(workspace, &["report".into()])
}

fn assess(workspace: &Workspace, repeats: u32) -> Result<()> {
    let _program = workspace.shell.push_env("PGFERRY", workspace.build_release()?);
    python(workspace, &["up".into()])?;
    let repeats = repeats.to_string();
    for what in ["wall", "p99"] {
        cmd!(workspace.shell, "python3 bench/assess.py {what} {repeats}").run()?;
    }
    Ok(())
}

fn tunnel(workspace: &Workspace, db: &str, repeats: u32) -> Result<()> {
    let _program = workspace.shell.push_env("PGFERRY", workspace.build_release()?);
    python(workspace, &["up".into()])?;
    python(workspace, &["gen".into(), "--missing".into(), db.into()])?;
    let repeats = repeats.to_string();
    cmd!(workspace.shell, "python3 bench/tunnel.py {db} {repeats}").run()?;
    Ok(())
}

fn python(workspace: &Workspace, args: &[String]) -> Result<()> {
    cmd!(workspace.shell, "python3 bench/bench.py {args...}").run()?;
    Ok(())
}
