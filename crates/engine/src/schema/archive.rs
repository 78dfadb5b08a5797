//! The schema dump, cut into entries that we execute ourselves.
//!
//! `pg_restore` only reads: its verbose script is cut at the comments that head each entry of the table of contents,
//! and the cut has to agree with `--list` one for one. Run once with owners and once without, it also tells the
//! statement that gives each object to its owner: what the one text has more than the other.

use std::{collections::HashSet, path::Path};

use serde::{Deserialize, Serialize};

use super::tools::Tools;
use crate::{
    catalog::choice::Chosen,
    error::{Error, Kind, Result, Side},
};

/// Where in a restore an entry belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Section {
    /// Before the rows: types, functions, tables, views.
    PreData,
    /// After them: indexes, constraints, triggers.
    PostData,
}

/// One entry of the dump's table of contents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its number in the dump; others depend on it.
    pub id: u32,
    /// The source's catalog (OID of `pg_class`, `pg_proc`, …); 0 where there is none.
    pub class: u32,
    /// The object's OID in the source's catalog.
    pub oid: u32,
    /// Numbers of the entries that it needs.
    pub depends: Vec<u32>,
    /// `TABLE`, `FK CONSTRAINT`, `ACL`, …
    pub kind: String,
    /// The schema, `-` where there is none.
    pub schema: String,
    /// The name as the dump shows it.
    pub name: String,
    /// Before or after the rows.
    pub section: Section,
    /// The statements that make it, owned by whoever runs them.
    pub sql: String,
    /// The statements that give it to its owner; empty where nobody owns such a thing.
    pub owner_sql: String,
    /// The table access method in force for it, where it is not heap.
    pub access_method: Option<String>,
}

impl Entry {
    /// The object in words: `TABLE public.orders`.
    pub fn label(&self) -> String {
        match self.schema.as_str() {
            "-" | "" => format!("{} {}", self.kind, self.name),
            schema => format!("{} {schema}.{}", self.kind, self.name),
        }
    }
}

/// Reads of the archive what is chosen: entries before the rows, then those after, each in the dump's order.
pub async fn read(tools: &Tools, file: &Path, chosen: &Chosen) -> Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for (section, name) in [(Section::PreData, "pre-data"), (Section::PostData, "post-data")] {
        let with = |more: &[&str]| {
            let mut arguments = vec![format!("--section={name}"), "--no-tablespaces".to_owned()];
            arguments.extend(more.iter().map(|argument| (*argument).to_owned()));
            arguments.push(file.display().to_string());
            arguments
        };
        let list = tools.restore(&with(&["--list"])).await?;
        let bare = tools.restore(&with(&["--verbose", "--no-owner", "-f", "-"])).await?;
        let owned = tools.restore(&with(&["--verbose", "-f", "-"])).await?;
        refuse_backslashes(&bare)?;
        let bare = cut(&bare, &list, section)?;
        let owned = cut(&owned, &list, section)?;
        for pair in bare.into_iter().zip(owned) {
            entries.push(join(pair)?);
        }
    }
    leave_out(&mut entries, chosen);
    Ok(entries)
}

/// Refuses a script in whose literals a backslash stands for something: ours are executed where it stands for itself.
fn refuse_backslashes(script: &str) -> Result<()> {
    let head = script.split(HEADER).next().unwrap_or_default();
    if !head.contains("\nSET standard_conforming_strings = off;") {
        return Ok(());
    }
    let cause = "it was made with standard_conforming_strings = off";
    Err(Error::new(Kind::Protocol, Side::Local, "read the schema dump").because(cause))
}

/// Takes away what is not chosen, and what the dump says of it: comments, grants, attachments, owners of sequences.
fn leave_out(entries: &mut Vec<Entry>, chosen: &Chosen) {
    let (mut gone, mut unowned) = (HashSet::new(), HashSet::new());
    entries.retain(|entry| {
        let rests_on = |ids: &HashSet<u32>| entry.depends.iter().any(|id| ids.contains(id));
        let is_gone = match entry.class {
            0 => rests_on(&gone) || entry.kind == "SEQUENCE OWNED BY" && rests_on(&unowned),
            class => !chosen.has(class, entry.oid),
        };
        if entry.kind == "SEQUENCE" && chosen.is_unowned(entry.oid) {
            unowned.insert(entry.id);
        }
        if is_gone {
            gone.insert(entry.id);
        }
        !is_gone
    });
}

/// The entry, and as its owner's statements what the other text has beyond it.
fn join((mut bare, owned): (Entry, Entry)) -> Result<Entry> {
    let Some(more) = owned.sql.strip_prefix(bare.sql.as_str()).filter(|_| key(&bare) == key(&owned)) else {
        return Err(Error::new(
            Kind::Protocol,
            Side::Local,
            "tell the owner of an object from the schema dump",
        )
        .because(format!("{}: its texts with and without an owner differ in more than that", bare.label())));
    };
    more.trim().clone_into(&mut bare.owner_sql);
    Ok(bare)
}

/// `(id, class, oid)` of each line of `--list`.
fn listed(list: &str) -> HashSet<(u32, u32, u32)> {
    let number = |text: &str| text.parse().ok();
    let line = |line: &str| {
        let (id, rest) = line.split_once("; ")?;
        let mut words = rest.split(' ');
        Some((number(id)?, number(words.next()?)?, number(words.next()?)?))
    };
    list.lines().filter(|text| !text.starts_with(';')).filter_map(line).collect()
}

const HEADER: &str = "--\n-- TOC entry ";
const TRAILER: &str = "\n--\n-- PostgreSQL database dump complete";
const ACCESS_METHOD: &str = "SET default_table_access_method = ";
/// Settings that stand between entries.
const SETTINGS: [&str; 2] = [ACCESS_METHOD, "SET default_tablespace = "];

/// Cuts a verbose script at its headers; only a header that `--list` announces counts, and each counts once.
fn cut(script: &str, list: &str, section: Section) -> Result<Vec<Entry>> {
    let mut awaited = listed(list);
    let body = &script[..script.rfind(TRAILER).unwrap_or(script.len())];
    let body = body.trim_end();
    let last = body.rfind('\n').map_or(0, |at| at + 1);
    let body = if body[last..].starts_with("-- Completed on ") { &body[..last] } else { body };
    let mut starts = Vec::new();
    let listed = awaited.clone();
    for (at, _) in body.match_indices(HEADER).filter(|(at, _)| *at == 0 || body.as_bytes()[at - 1] == b'\n') {
        let Some((entry, begin)) =
            header(&body[at..], section).filter(|(entry, _)| listed.contains(&key(entry)))
        else {
            continue;
        };
        if !awaited.remove(&key(&entry)) {
            return Err(Error::new(Kind::Unsupported, Side::Source, "cut the schema dump into its entries")
                .because(format!("the header of {} stands there twice: a body imitates it", entry.label())));
        }
        starts.push((at, at + begin, entry));
    }
    if !awaited.is_empty() {
        return Err(Error::new(Kind::Protocol, Side::Local, "cut the schema dump into its entries").because(
            format!("{} entries of its table of contents were not found in the script", awaited.len()),
        ));
    }
    let head = &body[..starts.first().map_or(0, |(at, ..)| *at)];
    let mut access_method = method_after(head, None);
    let ends: Vec<usize> = starts.iter().skip(1).map(|(at, ..)| *at).chain([body.len()]).collect();
    let mut entries = Vec::with_capacity(starts.len());
    for ((_, begin, mut entry), end) in starts.into_iter().zip(ends) {
        let text = &body[begin..end];
        entry.access_method.clone_from(&access_method);
        access_method = method_after(text, access_method);
        entry.sql = without_settings(text).trim().to_owned();
        entries.push(entry);
    }
    Ok(entries)
}

fn key(entry: &Entry) -> (u32, u32, u32) {
    (entry.id, entry.class, entry.oid)
}

/// The header's fields, and where the statements begin.
fn header(text: &str, section: Section) -> Option<(Entry, usize)> {
    let mut lines = text.split_inclusive('\n');
    let mut length = lines.next()?.len();
    let first = lines.next()?;
    length += first.len();
    let (id, rest) = first.strip_prefix("-- TOC entry ")?.split_once(" (class ")?;
    let (class, oid) = rest.trim_end().strip_suffix(')')?.split_once(" OID ")?;
    let mut line = lines.next()?;
    length += line.len();
    let mut depends = Vec::new();
    if let Some(numbers) = line.strip_prefix("-- Dependencies:") {
        depends = numbers.split_whitespace().filter_map(|number| number.parse().ok()).collect();
        line = lines.next()?;
        length += line.len();
    }
    let fields = line.strip_prefix("-- Name: ").or_else(|| line.strip_prefix("-- Data for Name: "))?;
    let fields = &fields[..fields.rfind("; Owner: ")?];
    let (fields, schema) = fields.rsplit_once("; Schema: ")?;
    let (name, kind) = fields.rsplit_once("; Type: ")?;
    loop {
        let line = lines.next().filter(|line| line.starts_with("--"))?;
        length += line.len();
        if line == "--\n" {
            break;
        }
    }
    let entry = Entry {
        id: id.parse().ok()?,
        class: class.parse().ok()?,
        oid: oid.parse().ok()?,
        depends,
        kind: kind.to_owned(),
        schema: schema.to_owned(),
        name: name.to_owned(),
        section,
        sql: String::new(),
        owner_sql: String::new(),
        access_method: None,
    };
    Some((entry, length))
}

/// Settings for the entry that follows stand at the end of the text before it.
fn method_after(text: &str, present: Option<String>) -> Option<String> {
    let settings =
        text.trim_end().rsplit('\n').take_while(|line| line.is_empty() || line.starts_with("SET "));
    let last = settings.filter_map(|line| line.strip_prefix(ACCESS_METHOD)).next();
    match last.map(|method| method.trim_end_matches(';').trim_matches('"')) {
        Some("heap") => None,
        Some(method) => Some(method.to_owned()),
        None => present,
    }
}

fn without_settings(text: &str) -> &str {
    let mut text = text.trim_end();
    while let Some(at) = text.rfind('\n').map(|at| at + 1) {
        if !SETTINGS.iter().any(|setting| text[at..].starts_with(setting)) {
            break;
        }
        text = text[..at].trim_end();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = ";\n; Archive created\n;\n215; 1259 16386 TABLE public t owner\n216; 1255 16390 FUNCTION public f() owner\n";

    fn script(owner: bool) -> String {
        let owner = if owner { "\n\n\nALTER TABLE public.t OWNER TO alice;" } else { "" };
        format!(
            "SET x = 1;\n\nSET default_table_access_method = heap;\n\n--\n-- TOC entry 215 (class 1259 OID 16386)\n-- Dependencies: 5 7\n\
             -- Name: t; Type: TABLE; Schema: public; Owner: -\n-- Data Pos: 0\n--\n\nCREATE TABLE public.t (a int);{owner}\n\n\nSET default_tablespace = '';\n\nSET default_table_access_method = zheap;\n\n--\n-- TOC entry 216 (class 1255 OID 16390)\n\
             -- Name: f(); Type: FUNCTION; Schema: public; Owner: -\n--\n\nCREATE FUNCTION public.f() AS $$\n--\n-- TOC entry 999 (class 1 OID 1)\n\
             -- Name: x; Type: TABLE; Schema: -; Owner: -\n--\n$$;\n\n\n-- Completed on 2026-11-25 03:00:00 UTC\n\n--\n-- PostgreSQL database dump complete\n--\n"
        )
    }

    #[test]
    fn an_entry_that_the_list_does_not_know_is_part_of_a_body() {
        let entries = cut(&script(false), LIST, Section::PreData).unwrap();
        assert_eq!(entries.iter().map(|entry| entry.id).collect::<Vec<_>>(), [215, 216]);
        assert_eq!(entries[0].depends, [5, 7]);
        assert_eq!(entries[0].sql, "CREATE TABLE public.t (a int);");
        assert_eq!(entries[1].access_method.as_deref(), Some("zheap"));
        assert!(entries[1].sql.contains("TOC entry 999") && entries[1].sql.ends_with("$$;"));
    }

    #[test]
    fn what_the_script_with_owners_has_more_is_the_owners_statement() {
        let bare = cut(&script(false), LIST, Section::PreData).unwrap();
        let owned = cut(&script(true), LIST, Section::PreData).unwrap();
        let joined: Vec<_> = bare.into_iter().zip(owned).map(|pair| join(pair).unwrap()).collect();
        assert_eq!(joined[0].owner_sql, "ALTER TABLE public.t OWNER TO alice;");
        assert_eq!(joined[1].owner_sql, "");
    }

    #[test]
    fn a_body_that_imitates_a_listed_header_is_refused() {
        let imitated =
            script(false).replace("TOC entry 999 (class 1 OID 1)", "TOC entry 215 (class 1259 OID 16386)");
        assert!(cut(&imitated, LIST, Section::PreData).is_err());
    }

    #[test]
    fn an_entry_missing_from_the_script_is_an_error() {
        let list = format!("{LIST}300; 1259 1 VIEW public v owner\n");
        assert!(cut(&script(false), &list, Section::PreData).is_err());
    }
}
