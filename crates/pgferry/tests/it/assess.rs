//! `pgferry assess`: what it prints in each form, what it leaves behind, and what it does to others.

use std::process::Output;

use pgferry_lab::{Major, Server, Sshd, fresh_database, shared, shared_rds_like};
use serde_json::Value;

use crate::words::pgferry;

/// A table without a key, with a name of 63 bytes that no output may take for its own syntax.
pub const HOSTILE: &str =
    "create table \"<b>&amp;\"\"'; drop ship 🚢\n{{ x }} %I \\ 0123456789012345678\" (a int)";
/// As PostgreSQL quotes it.
const HOSTILE_NAME: &str = "public.\"<b>&amp;\"\"'; drop ship 🚢\n{{ x }} %I \\ 0123456789012345678\"";

fn assess(source: &str, words: &[&str]) -> Output {
    pgferry().args(["assess", "--watch", "0s", "--source", source]).args(words).output().unwrap()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)))
}

fn database(server: &Server, sql: &str) -> (String, String) {
    let database = fresh_database(server, "assess").unwrap();
    server.psql(&database, sql).unwrap();
    (server.uri(&database), database)
}

#[test]
fn names_pass_through_every_output_whole() {
    let server = shared(Major(15));
    let (uri, database) = database(server, HOSTILE);
    let found = json(&assess(&uri, &["--json"]));
    let finding = finding(&found, "identity-missing");
    assert_eq!(finding["objects"][0]["name"], HOSTILE_NAME);
    let text = String::from_utf8(assess(&uri, &[]).stdout).unwrap();
    assert!(text.contains("drop ship 🚢\\n{{ x }}"), "{text}");
    server.psql(&database, finding["sql"][0].as_str().unwrap()).unwrap();
    let found = json(&assess(&uri, &["--json"]));
    assert!(
        found["findings"].as_array().unwrap().iter().all(|finding| finding["name"] != "identity-missing")
    );
}

#[test]
fn a_terminal_of_80_columns_is_enough() {
    let (uri, _) =
        database(shared(Major(15)), "create table a_table_with_quite_a_long_name_without_a_key (a int)");
    let text = String::from_utf8(assess(&uri, &[]).stdout).unwrap();
    let long: Vec<_> =
        text.lines().filter(|line| 80 < line.chars().count() && !line.contains("ALTER")).collect();
    assert!(long.is_empty(), "{long:#?}");
}

#[test]
fn what_is_printed_is_what_the_schema_says() {
    let (uri, _) = database(shared(Major(15)), HOSTILE);
    let both = ["--json", "--target", &shared_rds_like(Major(18)).master_uri("postgres")];
    for words in [&both[..1], &both[..]] {
        assert_eq!(complaints(&json(&assess(&uri, words))), [""; 0]);
    }
}

/// Where what was printed is not as the schema in the documentation has it.
fn complaints(printed: &Value) -> Vec<String> {
    let schema: Value =
        serde_json::from_str(include_str!("../../../../docs/assessment.schema.json")).unwrap();
    let mut complaints = Vec::new();
    fits(printed, &schema, &schema, "", &mut complaints);
    complaints
}

/// JSON Schema, as far as the schema of an assessment uses it.
fn fits(value: &Value, schema: &Value, root: &Value, at: &str, complaints: &mut Vec<String>) {
    if let Some(reference) = schema["$ref"].as_str() {
        return fits(value, root.pointer(&reference[1..]).unwrap(), root, at, complaints);
    }
    for choice in ["anyOf", "oneOf"] {
        if let Some(choices) = schema[choice].as_array() {
            let tried = choices.iter().map(|one| {
                let mut inner = Vec::new();
                fits(value, one, root, at, &mut inner);
                inner
            });
            // none fits if even the nearest does not
            complaints.extend(tried.min_by_key(Vec::len).into_iter().flatten());
        }
    }
    if let Some(constant) = schema.get("const").filter(|constant| *constant != value) {
        complaints.push(format!("{at}: {value} is not {constant}"));
    }
    if let Some(known) = schema["enum"].as_array().filter(|known| !known.contains(value)) {
        complaints.push(format!("{at}: {value} is none of {known:?}"));
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => vec![],
    };
    let is = |name: &&str| match *name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        _ => value.is_object(),
    };
    if !types.is_empty() && !types.iter().any(is) {
        complaints.push(format!("{at}: {value} is no {types:?}"));
    }
    if let Some(object) = value.as_object() {
        for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !object.contains_key(name) {
                complaints.push(format!("{at}.{name} is missing"));
            }
        }
        for (name, value) in object {
            match schema["properties"].get(name).or_else(|| schema.get("additionalProperties")) {
                Some(inner) => fits(value, inner, root, &format!("{at}.{name}"), complaints),
                None if schema.get("properties").is_some() => {
                    complaints.push(format!("{at}.{name} is not in the schema"));
                }
                None => {}
            }
        }
    }
    for (number, value) in value.as_array().into_iter().flatten().enumerate() {
        let inner = schema["prefixItems"].get(number).or_else(|| schema.get("items")).unwrap_or(&Value::Null);
        fits(value, inner, root, &format!("{at}[{number}]"), complaints);
    }
}

#[test]
fn an_unchanged_database_gives_the_same_findings_in_the_same_order() {
    let (uri, _) =
        database(shared(Major(18)), "create table b (a int); create table a (a int); create table c (a int)");
    let (one, other) = (json(&assess(&uri, &["--json"])), json(&assess(&uri, &["--json"])));
    assert_eq!(one["findings"], other["findings"]);
    assert_eq!(one["unknown"], other["unknown"]);
}

#[test]
fn what_is_new_and_what_is_gone_is_said() {
    let server = shared(Major(15));
    let (uri, database) = database(server, "create table old_one (a int)");
    let earlier = assess(&uri, &["--json"]);
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &earlier.stdout).unwrap();
    let against = ["--against", file.path().to_str().unwrap()];
    let text = String::from_utf8(assess(&uri, &against).stdout).unwrap();
    assert!(text.contains("nothing changed"), "{text}");
    server.psql(&database, "drop table old_one; create table new_one (a int)").unwrap();
    let text = String::from_utf8(assess(&uri, &against).stdout).unwrap();
    assert!(text.contains("new: identity-missing, public.new_one"), "{text}");
    assert!(text.contains("gone: identity-missing, public.old_one"), "{text}");
    let found = json(&assess(&uri, &[&against[..], &["--json"]].concat()));
    let pair = |object| serde_json::json!(["identity-missing", object]);
    let changes = &found["changes"];
    assert!(changes["new"].as_array().unwrap().contains(&pair("public.new_one")), "{changes}");
    assert!(changes["gone"].as_array().unwrap().contains(&pair("public.old_one")), "{changes}");
    assert_eq!(complaints(&found), [""; 0]);
    // what it printed can be compared with in its turn
    std::fs::write(file.path(), found.to_string()).unwrap();
    let found = json(&assess(&uri, &[&against[..], &["--json"]].concat()));
    // the server is shared: what is said of roles and of other databases may have changed
    let here = |change: &&serde_json::Value| change[1].as_str().unwrap().starts_with("public.");
    for kind in ["new", "gone", "worse"] {
        let changes = found["changes"][kind].as_array().unwrap();
        assert_eq!(changes.iter().filter(here).count(), 0, "{kind}: {changes:?}");
    }
}

/// `pgferry assess` of several databases of the shared server.
fn several(databases: &[&str], words: &[&str]) -> Output {
    let uri = shared(Major(15)).uri("postgres");
    assess(&uri, &[&["--databases", &databases.join(",")], words].concat())
}

/// What a live move cannot go on with.
const BLOCKER: &str = "create function odd_version() returns text language internal as 'pgsql_version'";

#[test]
fn several_databases_are_assessed_by_one_command_and_a_fault_in_one_costs_no_other() {
    let server = shared(Major(15));
    let (_, blocked) = database(server, BLOCKER);
    let (_, clean) = database(server, "create table t (a int primary key)");
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("report.html");
    let output = several(&[&blocked, "nowhere", &clean], &["--json", "--html", page.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(4), "{}", String::from_utf8_lossy(&output.stderr));
    let found = json(&output);
    let exits: Vec<_> =
        found["databases"].as_array().unwrap().iter().map(|one| one["exit"].as_i64()).collect();
    assert_eq!((exits.as_slice(), &found["exit"]), (&[Some(3), Some(4), Some(0)][..], &Value::from(4)));
    finding(&found["databases"][0]["report"], "function-c");
    assert_eq!(found["databases"][2]["report"]["source"]["database"], clean.as_str());
    assert!(found["databases"][1]["error"].as_str().unwrap().contains("PF0206"), "{found}");
    assert_eq!(complaints(&found), [""; 0]);
    for (database, is_there) in [(blocked.as_str(), true), ("nowhere", false), (clean.as_str(), true)] {
        let page = std::fs::read_to_string(folder.path().join(format!("report-{database}.html")));
        assert_eq!(page.is_ok_and(|page| page.contains(database)), is_there, "{database}");
    }
}

#[test]
fn of_several_databases_the_last_lines_say_what_comes_of_each() {
    let server = shared(Major(15));
    let (_, blocked) = database(server, BLOCKER);
    let (_, clean) = database(server, "create table t (a int primary key)");
    let output = several(&[&blocked, &clean], &[]);
    assert_eq!(output.status.code(), Some(3));
    let text = String::from_utf8(output.stdout).unwrap();
    let (_, table) = text.split_once("2 databases:\n").unwrap_or_else(|| panic!("{text}"));
    let lines: Vec<&str> = table.lines().collect();
    assert!(lines[0].starts_with(&format!("  {blocked} (exit 3): BLOCKED: 1 blocker")), "{table}");
    assert!(lines[1].starts_with(&format!("  {clean} (exit 0): ready for strategy live")), "{table}");
}

#[test]
fn each_of_several_databases_is_compared_with_its_own_earlier_assessment() {
    let server = shared(Major(15));
    let ((_, first), (_, second)) = (database(server, ""), database(server, "create table t (a int)"));
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), several(&[&first, &second], &["--json"]).stdout).unwrap();
    let against = ["--against", file.path().to_str().unwrap()];
    let (_, third) = database(server, "");
    server.psql(&first, "create table fresh (a int)").unwrap();
    let output = several(&[&second, &third, &first], &against);
    let text = format!("\n{}", String::from_utf8(output.stdout).unwrap());
    let part = |of: &str| {
        let part = text.split_once(&format!("\n{of}\n")).unwrap().1;
        part[..part.find("\n\nWHAT IS THERE").unwrap()].to_owned()
    };
    let since = part(&second);
    assert!(since.contains("SINCE THE EARLIER") && !since.contains("new: identity-missing"), "{text}");
    assert!(part(&third).contains("the earlier assessment is not about"), "{text}");
    assert!(part(&first).contains("new: identity-missing, public.fresh"), "{text}");
}

#[test]
fn a_database_that_the_target_lacks_is_stood_in_for_where_several_are_given() {
    let (_, source) = database(shared(Major(15)), "");
    let target = shared_rds_like(Major(15)).master_uri("postgres");
    let found = json(&several(&[&source], &["--json", "--target", &target]));
    let report = &found["databases"][0]["report"];
    assert_eq!(report["target"]["database"], "postgres");
    assert!(report["unknown"].to_string().contains("was looked at in its place"), "{report}");
}

#[test]
fn growth_is_told_from_an_earlier_assessment_of_the_same_database() {
    let sql = "create table grown (a int primary key, b text); insert into grown select i, repeat('x', 500) from generate_series(1, 4000) i";
    let (uri, _) = database(shared(Major(15)), sql);
    let mut earlier = json(&assess(&uri, &["--json"]));
    assert_eq!(earlier["inventory"]["growth"], Value::Null);
    // as if it had been made ten days ago, before there were rows
    let less = |value: &mut Value, by: i64| *value = Value::from(value.as_i64().unwrap() - by);
    less(&mut earlier["source"]["clock_seconds"], 10 * 86_400);
    less(&mut earlier["source"]["bytes"], 1_000_000);
    less(&mut earlier["inventory"]["tables"][0]["heap_bytes"], 1_000_000);
    let file = tempfile::NamedTempFile::new().unwrap();
    let keep = |earlier: &Value| std::fs::write(file.path(), earlier.to_string()).unwrap();
    let against = ["--against", file.path().to_str().unwrap()];
    keep(&earlier);
    let now = json(&assess(&uri, &[&against[..], &["--json"]].concat()));
    let growth = &now["inventory"]["growth"];
    assert_eq!((&growth["by"], &growth["tables"][0]["name"]), (&"earlier".into(), &"public.grown".into()));
    assert!((growth["tables"][0]["bytes_per_day"].as_f64().unwrap() - 100_000.0).abs() < 10.0, "{growth}");
    assert!(now["sizing"]["offers"][1]["because"].to_string().contains("two assessments, 10.0 days apart"));
    let later = &now["forecast"]["copy_seconds_in_30_days"];
    assert!(now["forecast"]["copy_seconds"]["high"].as_f64() < later["high"].as_f64(), "{later}");
    let page = tempfile::Builder::new().suffix(".html").tempfile().unwrap();
    let html = ["--html", page.path().to_str().unwrap()];
    let text = String::from_utf8(assess(&uri, &[against, html].concat()).stdout).unwrap();
    let page = std::fs::read_to_string(page.path()).unwrap();
    assert!(page.contains("The database grows by") && page.contains("97.66 KiB a day"));
    assert!(text.contains("grows by") && text.contains("public.grown by 97.66 KiB a day"), "{text}");
    earlier["source"]["system_identifier"] = "1".into();
    keep(&earlier);
    let now = json(&assess(&uri, &[&against[..], &["--json"]].concat()));
    assert!(now["unknown"].to_string().contains("it is of another server"), "{}", now["unknown"]);
}

#[test]
fn an_earlier_assessment_that_is_none_is_refused_before_a_server_is_asked() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let output = assess("postgresql://u@127.0.0.1:1/d", &["--against", file.path().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_side_that_cannot_be_looked_at_ends_with_4() {
    assert_eq!(assess("postgresql://u@127.0.0.1:1/d", &[]).status.code(), Some(4));
    let (uri, _) = database(shared(Major(15)), "");
    let output = assess(&uri, &["--target", "postgresql://u@127.0.0.1:1/d"]);
    assert_eq!(output.status.code(), Some(4));
}

#[test]
fn it_holds_no_lock_but_the_weakest_and_no_snapshot_between_statements() {
    let server = shared(Major(15));
    let (uri, database) = database(server, HOSTILE);
    let mut assessing = pgferry()
        .args([
            "assess",
            "--watch",
            "4s",
            "--deep",
            "--probe",
            "--source",
            &uri,
            "--json",
            "--run",
            "lockwatch",
        ])
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let mut session = server.session("postgres").unwrap();
    let mut seen = 0;
    while assessing.try_wait().unwrap().is_none() {
        let ours = "from pg_stat_activity a left join pg_locks l on l.pid = a.pid and l.locktype in ('relation', 'object', 'advisory') \
                    where a.application_name ~ '^pgferry/lockwatch/'";
        let strong = session
            .run(&format!("select l.mode, l.relation::regclass {ours} and l.mode <> 'AccessShareLock'"))
            .unwrap();
        assert_eq!(strong, "");
        let idle =
            session.run(&format!("select a.query {ours} and a.state = 'idle in transaction'")).unwrap();
        assert_eq!(idle, "");
        seen += i32::from(session.run(&format!("select 1 {ours} limit 1")).unwrap() == "1");
    }
    assert!(0 < seen, "it was never seen at work");
    assert_eq!(
        server.psql(&database, "select count(*) from pg_class where relname = 'pgferry_probe'").unwrap(),
        "0"
    );
}

#[test]
fn a_locked_table_does_not_hold_it_up() {
    let server = shared(Major(15));
    let (uri, database) = database(server, "create table held (a int); insert into held values (1)");
    let mut holder = server.session(&database).unwrap();
    holder.run("begin; lock table held in access exclusive mode").unwrap();
    let begun = std::time::Instant::now();
    let found = json(&assess(&uri, &["--json"]));
    assert!(begun.elapsed() < std::time::Duration::from_secs(30));
    assert_eq!(found["inventory"]["sizes_are"], "estimated");
}

#[test]
fn a_database_that_is_dropped_while_we_look_is_said() {
    let server = shared(Major(15));
    let (uri, database) = database(server, "create table t (a int)");
    let mut command = pgferry();
    command.args(["assess", "--watch", "60s", "--source", &uri, "--run", "dropped"]);
    let child =
        command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::piped()).spawn().unwrap();
    let mut session = server.session("postgres").unwrap();
    let there = "select count(*) from pg_stat_activity where application_name ~ '^pgferry/dropped/'";
    while session.run(there).unwrap() == "0" {}
    session.run(&format!("drop database {database} with (force)")).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(4), "{said}");
    assert!(!said.contains("panicked"), "{said}");
}

#[test]
fn a_target_that_a_copy_would_make_is_no_error() {
    let (uri, _) = database(shared(Major(15)), "");
    let target = shared_rds_like(Major(15)).master_uri("not_there_yet");
    let found = json(&assess(&uri, &["--json", "--target", &target]));
    let said = found["unknown"].to_string();
    assert!(said.contains("not_there_yet") && found["target"].is_null(), "{said}");
}

#[test]
fn what_the_choice_leaves_out_is_a_note_and_is_said() {
    let (uri, _) = database(shared(Major(15)), "create table kept (a int); create table dropped (a int)");
    let found = json(&assess(&uri, &["--json", "--exclude", "public.dropped"]));
    let objects = &finding(&found, "identity-missing")["objects"];
    let severity = |name: &str| {
        let object = objects.as_array().unwrap().iter().find(|object| object["name"] == name).unwrap();
        object["severity"]["live"].clone()
    };
    assert_eq!((severity("public.dropped"), severity("public.kept")), ("note".into(), Value::Null));
    assert!(found["left_out"].to_string().contains("dropped"), "{}", found["left_out"]);
    let nothing = assess(&uri, &["--exclude", "public.droped"]);
    assert_eq!(nothing.status.code(), Some(2), "{}", String::from_utf8_lossy(&nothing.stderr));
}

#[test]
fn what_the_operator_says_reaches_the_rules() {
    let server = shared(Major(15));
    let tables = "create table kept (a int primary key, out int constraint crossing references kept); \
                  create table left_out (a int primary key); \
                  alter table kept add constraint crossed foreign key (out) references left_out";
    let (uri, _) = database(server, tables);
    let target = server.uri(&fresh_database(server, "assess").unwrap());
    let found = json(&assess(&uri, &["--json", "--target", &target]));
    assert!(unknown(&found, "target-storage").unwrap().starts_with("--target-storage"));
    assert!(unknown(&found, "wal-disk").unwrap().starts_with("--ssh"));
    assert!(!has(&found, "fk-crosses-selection") && !has(&found, "connections-short"));
    let sshd = Sshd::start().unwrap();
    let ssh = sshd.ssh().unwrap();
    let said = ["--target-storage", "1MB", "--ssh", &ssh, "--exclude", "public.left_out", "--jobs", "128"];
    let found = json(&assess(&uri, &[&["--json", "--target", &target][..], &said].concat()));
    assert!(has(&found, "target-storage") && has(&found, "connections-short"), "{found:#}");
    let crossing = &finding(&found, "fk-crosses-selection")["objects"];
    assert_eq!(
        (crossing[0]["name"].as_str(), crossing.as_array().unwrap().len()),
        (Some("crossed ON public.kept"), 1)
    );
    assert_eq!(unknown(&found, "wal-disk"), None, "df has told it");
}

fn has(found: &Value, name: &str) -> bool {
    found["findings"].as_array().unwrap().iter().any(|finding| finding["name"] == name)
}

/// What would lift it.
fn unknown<'a>(found: &'a Value, what: &str) -> Option<&'a str> {
    let unknown = found["unknown"].as_array().unwrap().iter().find(|unknown| unknown["what"] == what);
    unknown.and_then(|unknown| unknown["lifted_by"].as_str())
}

#[test]
fn an_empty_database_has_nothing_to_say_but_that() {
    let (uri, _) = database(shared(Major(18)), "");
    let found = json(&assess(&uri, &["--json"]));
    assert_eq!(found["inventory"]["tables"], serde_json::json!([]));
    assert!(found["forecast"]["copy_seconds"]["high"].as_f64().unwrap() < 0.1);
}

fn finding<'a>(found: &'a Value, name: &str) -> &'a Value {
    let findings = found["findings"].as_array().unwrap();
    findings
        .iter()
        .find(|finding| finding["name"] == name)
        .unwrap_or_else(|| panic!("no {name} in {findings:#?}"))
}
