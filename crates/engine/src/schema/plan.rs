//! Which entry belongs to which part of a restore, and as what statements.

use std::collections::{HashMap, HashSet};

use super::{
    archive::{Entry, Section},
    execute::Job,
};
use crate::{
    catalog::{Catalog, Constraint, ConstraintKind, by_oid},
    limits,
    pg::ident::{Ident, Literal},
};

/// Part of a restore, in the order in which they come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// Before the rows.
    Before,
    /// Indexes, keys, statistics: as soon as a table's rows are in.
    Build,
    /// Foreign keys, and checks that the dump adds to what is made: of domains, they hold for rows of any table.
    ForeignKeys,
    /// What rests on a materialised view.
    Matviews,
    /// Triggers, rules, row security, publications: when everything else stands.
    AtTheEnd,
    /// Owners and grants.
    Rights,
    /// Not made on the target; the report says why.
    Never,
}

/// `pg_class`'s OID.
const CLASS_RELATION: u32 = 1259;
/// Numbers of statements that we add to the dump's start here.
const OWN_NUMBERS: u32 = 1 << 30;

/// All entries by their part, in the dump's order.
pub fn parts(entries: &[Entry]) -> HashMap<Part, Vec<&Entry>> {
    let by_id: HashMap<u32, &Entry> = entries.iter().map(|entry| (entry.id, entry)).collect();
    let mut parts: HashMap<Part, Vec<&Entry>> = HashMap::new();
    for entry in entries {
        parts.entry(part(entry, &by_id)).or_default().push(entry);
    }
    parts
}

fn part(entry: &Entry, by_id: &HashMap<u32, &Entry>) -> Part {
    let own = own_part(entry, by_id);
    let rests_on = |id: &u32| by_id.get(id).filter(|on| on.id != entry.id).map(|on| own_part(on, by_id));
    match entry.kind.as_str() {
        // a comment comes when the thing is there
        "COMMENT" | "SECURITY LABEL" => entry.depends.iter().filter_map(rests_on).fold(own, Ord::max),
        _ => own,
    }
}

fn own_part(entry: &Entry, by_id: &HashMap<u32, &Entry>) -> Part {
    match entry.kind.as_str() {
        "ACL" | "DEFAULT ACL" => Part::Rights,
        "SUBSCRIPTION" | "SUBSCRIPTION TABLE" => Part::Never,
        "FK CONSTRAINT" | "CHECK CONSTRAINT" => Part::ForeignKeys,
        // the body of a view that was made as an empty shell, because views rest on each other
        "RULE" if entry.name.ends_with(" _RETURN") => Part::Build,
        "TRIGGER"
        | "RULE"
        | "POLICY"
        | "ROW SECURITY"
        | "EVENT TRIGGER"
        | "PUBLICATION"
        | "PUBLICATION TABLE"
        | "PUBLICATION TABLES IN SCHEMA" => Part::AtTheEnd,
        _ if entry.section == Section::PreData => Part::Before,
        _ if entry
            .depends
            .iter()
            .any(|id| by_id.get(id).is_some_and(|on| on.kind == "MATERIALIZED VIEW")) =>
        {
            Part::Matviews
        }
        _ => Part::Build,
    }
}

/// Jobs that execute `entries` as the dump has them, each waiting for the rows of the tables that it rests on.
pub fn jobs(entries: &[&Entry], all: &[Entry], catalog: &Catalog) -> Vec<Job> {
    let tables = by_oid(&catalog.tables);
    let relations: HashMap<u32, u32> =
        all.iter().filter(|entry| entry.class == CLASS_RELATION).map(|entry| (entry.id, entry.oid)).collect();
    let paths: HashMap<(u32, u32), &str> =
        catalog.bindings.iter().map(|binding| (binding.object, binding.path.as_str())).collect();
    let job = |entry: &&Entry| {
        let rests_on = entry.depends.iter().filter_map(|id| relations.get(id));
        let gates: Vec<u32> = match entry.section {
            Section::PreData => vec![],
            Section::PostData => rests_on.filter(|oid| tables.contains_key(oid)).copied().collect(),
        };
        let weighs = matches!(entry.kind.as_str(), "INDEX" | "CONSTRAINT");
        let bytes: u64 = gates.iter().filter_map(|oid| tables.get(oid)).map(|table| table.bytes).sum();
        let weight = if weighs { bytes * slowness(&entry.sql) } else { 0 };
        Job {
            id: entry.id,
            label: entry.label(),
            sql: match paths.get(&(entry.class, entry.oid)) {
                None => statements(entry),
                Some(path) => under(path, &statements(entry)),
            },
            depends: entry.depends.clone(),
            gates,
            weight,
        }
    };
    entries.iter().map(job).collect()
}

/// How much longer an index of this kind takes than a B-tree over the same rows, roughly: slow ones begin first.
fn slowness(sql: &str) -> u64 {
    let slow = [" USING gin (", " USING gist (", " USING spgist (", " USING hnsw (", " USING ivfflat ("];
    if slow.iter().any(|method| sql.contains(method)) { 8 } else { 1 }
}

/// Statements that find operators in `path`: the dump prints some without their schema, or not at all.
fn under(path: &str, sql: &str) -> String {
    format!("select pg_catalog.set_config('search_path', {}, true);\n{sql}", Literal(path))
}

/// The entry's statements with what they need around them.
pub(super) fn statements(entry: &Entry) -> String {
    match &entry.access_method {
        None => entry.sql.clone(),
        Some(method) => {
            format!("set local default_table_access_method = {};\n{}", Ident::new(method), entry.sql)
        }
    }
}

/// As [`jobs`], but keys of large tables are built in two steps: the index, during which other indexes of the table can
/// be built, then the constraint over it, which locks the table for a moment and so waits for those.
pub fn builds(entries: &[&Entry], all: &[Entry], catalog: &Catalog) -> Vec<Job> {
    let keys: HashMap<u32, &Constraint> = catalog.constraints.iter().map(|key| (key.oid, key)).collect();
    let shared: HashSet<u32> = shared_tables(catalog);
    let (mut indexes, mut others) = (Vec::new(), Vec::new());
    for (mut job, entry) in jobs(entries, all, catalog).into_iter().zip(entries) {
        let key =
            keys.get(&entry.oid).filter(|key| entry.kind == "CONSTRAINT" && shared.contains(&key.table));
        if let Some((index, constraint)) = key.and_then(|key| in_two_steps(entry, key)) {
            let id = OWN_NUMBERS + entry.id;
            indexes.push(Job { id, label: format!("index of {}", job.label), sql: index, ..job.clone() });
            (job.sql, job.weight) = (constraint, 0);
            others.push((job, true));
        } else if entry.kind == "INDEX" {
            indexes.push(job);
        } else {
            others.push((job, false));
        }
    }
    let mut of_table: HashMap<u32, Vec<u32>> = HashMap::new();
    for index in &indexes {
        index.gates.iter().for_each(|table| of_table.entry(*table).or_default().push(index.id));
    }
    for (mut job, over_index) in others {
        if over_index {
            let builds = job.gates.iter().filter_map(|table| of_table.get(table)).flatten();
            job.depends.extend(builds);
        }
        indexes.push(job);
    }
    indexes
}

/// Tables large enough for two index builds at a time to be worth two statements.
fn shared_tables(catalog: &Catalog) -> HashSet<u32> {
    catalog.tables.iter().filter(|table| limits::CHUNK_BYTES <= table.bytes).map(|table| table.oid).collect()
}

/// `CREATE UNIQUE INDEX` and `ADD CONSTRAINT … USING INDEX`, where the entry is nothing but one plain key.
fn in_two_steps(entry: &Entry, key: &Constraint) -> Option<(String, String)> {
    let index = key.index_sql.clone()?;
    let plain = entry.sql.lines().count() == 2
        && entry.sql.matches(';').count() == 1
        && !entry.sql.contains("WITHOUT OVERLAPS");
    let kind = match key.kind {
        ConstraintKind::Primary => "primary key",
        ConstraintKind::Unique => "unique",
        ConstraintKind::Foreign => return None,
    };
    let deferrable = match (key.deferrable, key.deferred) {
        (false, _) => "",
        (true, false) => " deferrable",
        (true, true) => " deferrable initially deferred",
    };
    let constraint = format!(
        "alter table only {} add constraint {} {kind} using index {}{deferrable}",
        key.table_name, key.name, key.name
    );
    plain.then_some((index, constraint))
}

/// Numbers of checks that are added after the rows start here.
const CHECKS: u32 = 1 << 26;

/// Checks that had to wait for the rows: added without looking at them, and validated, unless the source does not
/// vouch for them either. Not those that the dump adds by an entry of their own.
pub fn checks(entries: &[Entry], catalog: &Catalog) -> (Vec<Job>, Vec<Job>) {
    let own: HashSet<u32> =
        entries.iter().filter(|entry| entry.kind == "CHECK CONSTRAINT").map(|entry| entry.oid).collect();
    let job = |number: usize, label: String, sql: String| Job {
        id: CHECKS + u32::try_from(number).unwrap_or(0),
        label,
        sql,
        depends: vec![],
        gates: vec![],
        weight: 0,
    };
    let (mut added, mut validated) = (Vec::new(), Vec::new());
    for (at, check) in catalog.checks.iter().enumerate().filter(|(_, check)| !own.contains(&check.oid)) {
        let label = format!("CHECK CONSTRAINT {} of {}", check.name, check.owner);
        let open = check.definition.trim_end().trim_end_matches("NOT VALID").trim_end();
        let mut sql = format!("{} add constraint {} {open} not valid", check.alter(), check.name);
        if let Some(comment) = &check.comment {
            let on = if check.of_domain { "domain " } else { "" };
            let (name, owner) = (&check.name, &check.owner);
            sql.push_str(&format!(";\ncomment on constraint {name} on {on}{owner} is {}", Literal(comment)));
        }
        added.push(job(2 * at, label.clone(), sql));
        if !check.definition.ends_with("NOT VALID") {
            let sql = format!("{} validate constraint {}", check.alter(), check.name);
            validated.push(job(2 * at + 1, format!("validation of {label}"), sql));
        }
    }
    (added, validated)
}

/// Foreign keys in two steps: added without looking at the rows, which locks both tables for a moment, and validated,
/// which lets others work. The first have to be executed over one connection: two at a time would lock the same tables in
/// different orders. Keys of partitioned tables cannot be added that way before 18, and go as the dump has them.
pub fn foreign_keys(
    entries: &[&Entry],
    all: &[Entry],
    catalog: &Catalog,
    target_major: u32,
) -> (Vec<Job>, Vec<Job>) {
    let keys: HashMap<u32, &Constraint> = catalog.constraints.iter().map(|key| (key.oid, key)).collect();
    let tables = by_oid(&catalog.tables);
    let mut added = jobs(entries, all, catalog);
    let mut validated = Vec::new();
    for (job, entry) in added.iter_mut().zip(entries) {
        let Some(key) = keys.get(&entry.oid).filter(|_| entry.kind == "FK CONSTRAINT") else { continue };
        let in_two_steps = key.validated && (!key.partitioned || 18 <= target_major);
        let Some(open) = entry.sql.strip_suffix(';').filter(|_| in_two_steps) else { continue };
        job.sql = format!("{open} NOT VALID");
        validated.push(Job {
            id: OWN_NUMBERS + entry.id,
            label: format!("validation of {}", job.label),
            sql: format!("alter table only {} validate constraint {}", key.table_name, key.name),
            depends: vec![],
            gates: vec![],
            weight: tables.get(&key.table).map_or(0, |table| table.bytes),
        });
    }
    (added, validated)
}
