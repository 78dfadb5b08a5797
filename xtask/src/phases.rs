//! How long each part of a chore took, told at the end, also when one failed.

use std::time::{Duration, Instant};

use anyhow::Result;

/// What a whole `cargo x test` may take on two cores with an empty target folder.
const WHOLE_MAX: Duration = Duration::from_mins(35);

/// The parts so far.
#[derive(Default)]
pub(crate) struct Phases {
    done: Vec<(&'static str, Duration)>,
}

impl Phases {
    /// Runs `chore`, then prints what it consisted of.
    pub(crate) fn run(chore: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        let mut phases = Self::default();
        let result = chore(&mut phases);
        eprintln!("{}", phases.table());
        result
    }

    /// Runs one part and remembers its time.
    pub(crate) fn time(&mut self, name: &'static str, part: impl FnOnce() -> Result<()>) -> Result<()> {
        let since = Instant::now();
        let result = part();
        self.done.push((name, since.elapsed()));
        result
    }

    fn table(&self) -> String {
        let line = |name: &str, time: Duration| format!("{name:>10} {:>7.1} s\n", time.as_secs_f64());
        let whole: Duration = self.done.iter().map(|(_, time)| *time).sum();
        let mut table: String = self.done.iter().map(|(name, time)| line(name, *time)).collect();
        table += &line("whole", whole);
        if whole > WHOLE_MAX {
            table += &format!("           over the {} minutes that it may take\n", WHOLE_MAX.as_secs() / 60);
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_and_the_whole_are_told() {
        let phases = Phases { done: vec![("fmt", Duration::from_secs(1)), ("test", Duration::from_secs(2))] };
        let table = phases.table();
        assert!(table.contains("fmt     1.0 s") && table.contains("whole     3.0 s"), "{table}");
    }

    #[test]
    fn a_whole_that_takes_too_long_is_told() {
        let phases = Phases { done: vec![("test", WHOLE_MAX + Duration::from_secs(1))] };
        assert!(phases.table().contains("over the 35 minutes"));
    }

    #[test]
    fn a_part_that_fails_is_remembered_too() {
        let mut phases = Phases::default();
        assert!(phases.time("fmt", || anyhow::bail!("no")).is_err());
        assert_eq!(phases.done.len(), 1);
    }
}
