//! Each step of a run, as a whole run's own journal names them: killed when it begins, and when it is done and not yet
//! journalled. Twice is once.

use std::sync::OnceLock;

use serde_json::Value;

use super::{quiet, small, stopped_in_rows, target};
use crate::words::{Hold, Move, cut_journal_before, is_untouched, journal, succeeded};

/// A step, as the journal calls it and as a person reads it.
struct Step {
    name: String,
    what: String,
}

/// The journal of a whole run, and its steps in order.
fn whole_run() -> &'static (String, Vec<Step>) {
    static RUN: OnceLock<(String, Vec<Step>)> = OnceLock::new();
    RUN.get_or_init(|| {
        let way = small("whole");
        let (code, said) = way.begin(&[]).end();
        assert_eq!(code, 0, "{said}");
        let told = said.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let begun = told.filter(|event| event["event"] == "began");
        let whats: Vec<String> = begun.map(|event| event["what"].as_str().unwrap().to_owned()).collect();
        let text = journal(&way.dir());
        let names = named(&text, "started");
        assert_eq!(names.len(), whats.len(), "{said}");
        let steps = names.into_iter().zip(whats).map(|(name, what)| Step { name, what });
        (text, steps.collect())
    })
}

fn steps() -> &'static [Step] {
    &whole_run().1
}

/// The steps of which a journal says that they `started` or `succeeded`, in order.
fn named(journal: &str, how: &str) -> Vec<String> {
    let events = journal.lines().skip(1).map(|line| {
        let (text, _crc) = line.rsplit_once(' ').unwrap();
        serde_json::from_str::<Value>(text).unwrap()["event"].get(how).cloned()
    });
    // a step that succeeded stands before what came of it
    let name = |event: Value| event.as_str().or_else(|| event[0].as_str()).map(str::to_owned);
    events.flatten().filter_map(name).collect()
}

/// The variants of `enum Step`, as serde writes them.
fn declared() -> Vec<String> {
    let source = include_str!("../../../src/run.rs");
    let (_, body) = source.split_once("pub enum Step {\n").unwrap();
    let (body, _) = body.split_once("\n}\n").unwrap();
    let variants = body.lines().map(str::trim).filter(|line| !line.starts_with("///"));
    variants.map(|line| snake_case(line.trim_end_matches(','))).collect()
}

fn snake_case(name: &str) -> String {
    let divided = name.chars().flat_map(|letter| {
        [letter.is_uppercase().then_some('_'), Some(letter.to_ascii_lowercase())].into_iter().flatten()
    });
    divided.collect::<String>().trim_start_matches('_').to_owned()
}

#[test]
fn a_whole_run_takes_each_step_of_the_program_once_and_in_order() {
    let (journal, _) = whole_run();
    let declared = declared();
    assert!(declared.contains(&"prepare_target".to_owned()) && 10 < declared.len(), "{declared:?}");
    assert_eq!(named(journal, "started"), declared);
    assert_eq!(named(journal, "succeeded"), declared);
}

#[test]
fn killed_when_any_step_begins_the_same_command_ends_equal() {
    for step in steps() {
        let way = small("begun");
        kill_when("began", step, &way);
        ends_equal(&way, &step.name);
    }
}

#[test]
fn any_step_that_is_done_and_not_journalled_is_done_a_second_time_to_the_same_end() {
    for step in steps() {
        let way = small("done");
        kill_when("ended", step, &way);
        cut_journal_before(&way.dir(), &format!("\"succeeded\":[\"{}\"", step.name));
        ends_equal(&way, &step.name);
        let twice = named(&journal(&way.dir()), "started").iter().filter(|name| **name == step.name).count();
        assert_eq!(twice, 2, "{}", step.name);
    }
}

#[test]
fn killed_in_the_middle_of_the_rows_the_same_command_ends_equal() {
    let way = small("middle");
    let (running, hold) = stopped_in_rows(quiet(), &way);
    running.kill();
    hold.release();
    ends_equal(&way, "rows");
}

#[test]
fn killed_while_an_index_is_built_the_same_command_ends_equal() {
    let way = small("building");
    let (running, rows) = stopped_in_rows(quiet(), &way);
    // rows go in beside this lock, an index is not built
    let hold = Hold::take(target(), &way.target_database, "lock table child in row exclusive mode");
    rows.release();
    let waiter = hold.wait_for_waiter().to_lowercase();
    assert!(waiter.contains("index") || waiter.contains("primary key"), "{waiter}");
    running.kill();
    hold.release();
    ends_equal(&way, "indexes");
}

/// Kills a transfer as soon as it tells that `step` began or ended.
fn kill_when(how: &str, step: &Step, way: &Move) {
    let mut running = way.begin(&[]);
    let told = format!("{{\"event\":\"{how}\",\"what\":\"{}\"", step.what);
    if !running.wait_for(&told) {
        panic!("{told}: {:?}", running.end());
    }
    running.kill();
}

fn ends_equal(way: &Move, step: &str) {
    succeeded(&way.transfer());
    succeeded(&way.verify());
    assert!(is_untouched(quiet(), &way.source_database), "{step}");
}
