//! `pgferry explain`.

use clap::Args;
use pgferry_engine::{
    Error, Kind, Result, Side,
    assess::{
        finding::{Severity, Strategy},
        rule::Rule,
        rules,
    },
};

use crate::report::{assessment::word, codes, exit::Exit};

/// Flags of `pgferry explain`.
#[derive(Args, Clone, Debug)]
pub struct Arguments {
    /// A code, as PF0303, or the name of a finding, as identity-missing; nothing lists them all.
    code: Option<String>,
}

/// Prints the page.
#[expect(clippy::print_stdout, reason = "the page is the command's data")]
pub fn run(arguments: &Arguments) -> Result<Exit> {
    let Some(code) = &arguments.code else {
        println!("{}", list());
        return Ok(Exit::Done);
    };
    if let Some(page) = codes::page(code) {
        println!("{page}");
        return Ok(Exit::Done);
    }
    let rule = rules::all().find(|rule| rule.code.eq_ignore_ascii_case(code) || rule.name == code);
    let rule = rule.ok_or_else(|| {
        Error::new(Kind::Usage, Side::Local, format!("explain {code}"))
            .because("there is no such code and no finding of that name; `pgferry explain` lists them")
    })?;
    println!("{}", page(rule));
    Ok(Exit::Done)
}

/// Every code, a line each.
fn list() -> String {
    let errors = codes::PAGES
        .iter()
        .filter_map(|(_, page)| Some(page.lines().next()?.trim_start_matches("# ").to_owned()));
    let findings = rules::all().map(|rule| format!("{} {}: {}", rule.code, rule.name, rule.title));
    errors.chain(findings).collect::<Vec<_>>().join("\n")
}

/// The page of a finding; `docs/findings` holds them all.
fn page(rule: &Rule) -> String {
    let severity = |strategy| match rule.severity.of(strategy) {
        Severity::None => "no concern".to_owned(),
        other => word(&other),
    };
    let mut page = format!(
        "# {} {}\n\n{}: {}.\n\n| strategy | severity |\n|---|---|\n| live | {} |\n| dump | {} |\n| dms | {} |\n",
        rule.code,
        rule.name,
        if rule.side == Side::Target { "On the target" } else { "On the source" },
        rule.title,
        severity(Strategy::Live),
        severity(Strategy::Dump),
        severity(Strategy::Dms),
    );
    page.push_str("\nAn object may be less or more severe than that; the report says so beside it.\n");
    page.push_str(&format!("\n## What it costs when nobody looks\n\n{}.\n", rule.effect));
    page.push_str(&format!("\n## What to do\n\n{}.\n", rule.advice));
    if rule.deep {
        page.push_str("\nLooked for with `--deep` alone: it reads the rows of user tables.\n");
    }
    page
}
