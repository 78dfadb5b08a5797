//! How long a move takes and what it holds: pure arithmetic over what was measured, each result a range with its reason.
//!
//! What was not measured is assumed between two rates. They are what two cores with both servers on them did (copy of
//! 3 GB of every kind of table: 210 MB/s; digests: 250 MB/s; B-tree builds: 50 MB/s a core) and a quarter of it at the
//! low end, since a network and a rented volume lie between.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Bytes a second of COPY, assumed.
const COPY: (f64, f64) = (50e6, 210e6);
/// Seconds that a table costs whatever its size.
const TABLE_SECONDS: (f64, f64) = (0.002, 0.015);
/// Bytes of B-tree (and hash, brin) that a core builds a second.
const INDEX: (f64, f64) = (12e6, 50e6);
/// The same of gin, gist, spgist, hnsw, ivfflat.
const INDEX_HEAVY: (f64, f64) = (2e6, 10e6);
/// Bytes of rows digested a second, on the slower side.
const DIGEST: (f64, f64) = (60e6, 250e6);
/// Changes applied a second.
const APPLY: (f64, f64) = (20e3, 100e3);
/// Round trips that a cutover makes while writers wait.
const PAUSE_ROUND_TRIPS: f64 = 12.0;
/// Seconds that the last changes take to drain, lag being low.
const DRAIN: (f64, f64) = (0.05, 0.8);
/// What a probe measured is not reached all the time.
const PROBE_SHARE: f64 = 0.6;
/// Days that a move may wait for its day.
const WAITS_DAYS: f64 = 30.0;
/// WAL that nothing can keep below: what a server keeps anyway.
const CATCH_UP_MARGIN: f64 = 1.5;

/// What a forecast rests on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inputs {
    /// Bytes of heaps and TOAST.
    pub row_bytes: f64,
    /// Tables.
    pub tables: f64,
    /// Bytes of indexes that build fast.
    pub index_bytes: f64,
    /// Bytes of gin, gist, spgist, hnsw, ivfflat.
    pub index_bytes_heavy: f64,
    /// Bytes of rows and indexes that are added a day; None where nobody knows.
    pub growth_bytes_per_day: Option<f64>,
    /// Pairs, and connections that build.
    pub jobs: f64,
    /// WAL a second on the source, mean; None where it could not be seen.
    pub wal_per_second: Option<f64>,
    /// Rows changed a second.
    pub changes_per_second: f64,
    /// The longest transaction that was seen, seconds.
    pub transaction_seconds_max: f64,
    /// The slower side's p95 of a round trip, seconds.
    pub round_trip_seconds: f64,
    /// Bytes a second of a bounded COPY out of the largest table.
    pub probe_read: Option<f64>,
    /// Bytes a second of a bounded COPY into a temporary table of the target.
    pub probe_write: Option<f64>,
}

/// Between these, for this reason.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Range {
    /// If all goes well.
    pub low: f64,
    /// If it does not.
    pub high: f64,
    /// What it rests on.
    pub reason: String,
}

/// What a move takes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Forecast {
    /// Seconds of copying rows.
    pub copy_seconds: Range,
    /// The same if the move waits for 30 days; None where nobody knows how fast the database grows.
    #[serde(default)]
    pub copy_seconds_in_30_days: Option<Range>,
    /// Seconds of building indexes.
    pub index_seconds: Range,
    /// Seconds of comparing both sides.
    pub verify_seconds: Range,
    /// Seconds until the target has caught up; None where the rate of changes could not be seen, or is never reached.
    pub catch_up_seconds: Option<Range>,
    /// Bytes of WAL that the source holds back for us meanwhile.
    pub wal_held_bytes: Option<Range>,
    /// Seconds that writers wait at cutover.
    pub pause_seconds: Range,
    /// How many times faster changes are applied than they are made; below 1.5 a move may never end.
    pub convergence: Option<Range>,
}

/// What the operator calls a success; None means that it was not asked for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Criteria {
    /// Seconds that writers may wait.
    pub pause_seconds_max: Option<f64>,
    /// Seconds from the start to the cutover.
    pub duration_seconds_max: Option<f64>,
    /// Bytes of WAL that the source may hold.
    pub wal_held_bytes_max: Option<f64>,
    /// Seconds from now until it has to be over.
    pub end_within_seconds: Option<f64>,
}

/// A criterion against the forecast.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Judged {
    /// Which, as the configuration names it.
    pub criterion: String,
    /// What was asked for, in seconds or bytes.
    pub limit: f64,
    /// What is expected.
    pub forecast: Option<Range>,
    /// What comes of it.
    pub verdict: Verdict,
}

/// Whether a criterion will be met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The whole range lies within.
    Met,
    /// A part of it does.
    AtRisk,
    /// None of it does.
    Missed,
    /// It could not be forecast.
    Unknown,
}

impl Forecast {
    /// Works it out.
    pub fn of(inputs: &Inputs) -> Self {
        let copy_seconds = copy(inputs);
        let index_seconds = indexes(inputs);
        let before = (copy_seconds.low + index_seconds.low, copy_seconds.high + index_seconds.high);
        let catch_up_seconds = catch_up(inputs, before);
        let wal_held_bytes = wal_held(inputs, before, catch_up_seconds.as_ref());
        Self {
            verify_seconds: between(
                (inputs.row_bytes / DIGEST.1, inputs.row_bytes / DIGEST.0),
                format!(
                    "{} of rows are digested by both servers at 60 to 250 MB/s",
                    megabytes(inputs.row_bytes)
                ),
            ),
            pause_seconds: pause(inputs),
            convergence: (0.0 < inputs.changes_per_second).then(|| {
                let ratio = |rate: f64| rate / inputs.changes_per_second;
                let reason = format!(
                    "20,000 to 100,000 changes a second are applied, {:.0} are made",
                    inputs.changes_per_second
                );
                between((ratio(APPLY.0), ratio(APPLY.1)), reason)
            }),
            copy_seconds,
            copy_seconds_in_30_days: inputs.growth_bytes_per_day.map(|growth| copy_later(inputs, growth)),
            index_seconds,
            catch_up_seconds,
            wal_held_bytes,
        }
    }

    /// Seconds from the start to the cutover.
    pub fn duration_seconds(&self) -> Option<Range> {
        let parts =
            [&self.copy_seconds, &self.index_seconds, &self.verify_seconds, self.catch_up_seconds.as_ref()?];
        let sum = |end: fn(&Range) -> f64| parts.iter().map(|part| end(part)).sum();
        Some(between(
            (sum(|range| range.low), sum(|range| range.high)),
            "copy, index builds, catching up and one verification, one after the other".to_owned(),
        ))
    }

    /// Each criterion that was asked for.
    pub fn judge(&self, criteria: &Criteria) -> Vec<Judged> {
        let duration = self.duration_seconds();
        let asked = [
            ("pause_max", criteria.pause_seconds_max, Some(self.pause_seconds.clone())),
            ("duration_max", criteria.duration_seconds_max, duration.clone()),
            ("wal_held_max", criteria.wal_held_bytes_max, self.wal_held_bytes.clone()),
            ("end_by", criteria.end_within_seconds, duration),
        ];
        let judged = |(name, limit, forecast): (&str, Option<f64>, Option<Range>)| {
            let limit = limit?;
            let verdict = verdict(limit, forecast.as_ref());
            Some(Judged { criterion: name.to_owned(), limit, forecast, verdict })
        };
        asked.into_iter().filter_map(judged).collect()
    }
}

fn verdict(limit: f64, forecast: Option<&Range>) -> Verdict {
    match forecast {
        None => Verdict::Unknown,
        Some(range) if range.high <= limit => Verdict::Met,
        Some(range) if range.low <= limit => Verdict::AtRisk,
        Some(_) => Verdict::Missed,
    }
}

fn copy(inputs: &Inputs) -> Range {
    let probes = [inputs.probe_read, inputs.probe_write];
    let probed = probes.into_iter().flatten().reduce(f64::min);
    let (rate, why) = match probed {
        Some(rate) => {
            // one connection was measured; several share the line, so no more than half again is hoped for
            let most = rate * (1.0 + 0.5 * (inputs.jobs - 1.0).clamp(0.0, 1.0));
            ((rate * PROBE_SHARE, most), format!("one connection was measured at {}/s", megabytes(rate)))
        }
        None => (COPY, "50 to 210 MB/s are assumed; --probe measures".to_owned()),
    };
    let tables = (inputs.tables * TABLE_SECONDS.0, inputs.tables * TABLE_SECONDS.1);
    between(
        (inputs.row_bytes / rate.1 + tables.0, inputs.row_bytes / rate.0 + tables.1),
        format!("{} of rows in {:.0} tables; {why}", megabytes(inputs.row_bytes), inputs.tables),
    )
}

/// Rows grow by their share of the whole; what shrinks may stop doing so.
fn copy_later(inputs: &Inputs, growth_bytes_per_day: f64) -> Range {
    let all = inputs.row_bytes + inputs.index_bytes + inputs.index_bytes_heavy;
    let share = if 0.0 < all { inputs.row_bytes / all } else { 1.0 };
    let grown = WAITS_DAYS * growth_bytes_per_day.max(0.0) * share;
    let reason = format!(
        "{} of rows more in {WAITS_DAYS:.0} days, as it grows by {} a day with its indexes",
        megabytes(grown),
        megabytes(growth_bytes_per_day)
    );
    Range { reason, ..copy(&Inputs { row_bytes: inputs.row_bytes + grown, ..inputs.clone() }) }
}

fn indexes(inputs: &Inputs) -> Range {
    let builders = inputs.jobs.max(1.0);
    let seconds =
        |plain: f64, heavy: f64| (inputs.index_bytes / plain + inputs.index_bytes_heavy / heavy) / builders;
    between(
        (seconds(INDEX.1, INDEX_HEAVY.1), seconds(INDEX.0, INDEX_HEAVY.0)),
        format!(
            "{} of indexes that build fast, {} of gin, gist and vector ones, by {builders:.0} connections",
            megabytes(inputs.index_bytes),
            megabytes(inputs.index_bytes_heavy)
        ),
    )
}

/// While rows are copied, changes pile up; they shrink by what is applied less what is made.
fn catch_up(inputs: &Inputs, before: (f64, f64)) -> Option<Range> {
    let made = inputs.changes_per_second;
    let seconds = |rate: f64, before: f64| (made < rate).then(|| made * before / (rate - made));
    Some(between(
        (seconds(APPLY.1, before.0)?, seconds(APPLY.0, before.1)?),
        format!(
            "{made:.0} changes a second pile up while rows are copied; 20,000 to 100,000 a second are applied"
        ),
    ))
}

fn wal_held(inputs: &Inputs, before: (f64, f64), catch_up: Option<&Range>) -> Option<Range> {
    let (rate, catch_up) = (inputs.wal_per_second?, catch_up?);
    Some(between(
        (rate * (before.0 + catch_up.low), rate * (before.1 + catch_up.high) * CATCH_UP_MARGIN),
        format!("{}/s of WAL for as long as the copy, its indexes and catching up take", megabytes(rate)),
    ))
}

fn pause(inputs: &Inputs) -> Range {
    let trips = PAUSE_ROUND_TRIPS * inputs.round_trip_seconds;
    between(
        (trips + DRAIN.0, trips + DRAIN.1),
        format!(
            "{PAUSE_ROUND_TRIPS:.0} round trips of {:.1} ms, and the last changes; the fence waits for open \
             transactions before writers have to (the longest seen: {:.1} s)",
            inputs.round_trip_seconds * 1e3,
            inputs.transaction_seconds_max
        ),
    )
}

fn between((low, high): (f64, f64), reason: String) -> Range {
    Range { low, high, reason }
}

fn megabytes(bytes: f64) -> String {
    format!("{:.1} MB", bytes / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 10 GB in 100 tables, 1.2 GB of plain indexes and 200 MB of gin, two jobs, 1,000 changes and 2 MB of WAL a second.
    fn shop() -> Inputs {
        Inputs {
            row_bytes: 10.5e9,
            tables: 100.0,
            index_bytes: 1.2e9,
            index_bytes_heavy: 200e6,
            jobs: 2.0,
            wal_per_second: Some(2e6),
            changes_per_second: 1_000.0,
            transaction_seconds_max: 3.0,
            round_trip_seconds: 0.02,
            ..Inputs::default()
        }
    }

    fn near(range: &Range, low: f64, high: f64) {
        assert!(
            (range.low - low).abs() <= low * 1e-3 && (range.high - high).abs() <= high * 1e-3,
            "{range:?}"
        );
    }

    #[test]
    fn worked_out_by_hand() {
        let forecast = Forecast::of(&shop());
        // 10.5 GB / 210 MB/s + 100 × 2 ms; 10.5 GB / 50 MB/s + 100 × 15 ms
        near(&forecast.copy_seconds, 50.2, 211.5);
        // (1,200/50 + 200/10) / 2; (1,200/12 + 200/2) / 2
        near(&forecast.index_seconds, 22.0, 100.0);
        // 10,500/250; 10,500/60
        near(&forecast.verify_seconds, 42.0, 175.0);
        // 1,000 × 72.2 / 99,000; 1,000 × 311.5 / 19,000
        near(forecast.catch_up_seconds.as_ref().unwrap(), 0.729, 16.395);
        // 2 MB/s × 72.929; 2 MB/s × 327.895 × 1.5
        near(forecast.wal_held_bytes.as_ref().unwrap(), 145.86e6, 983.68e6);
        // 12 × 20 ms + 50 ms; 12 × 20 ms + 800 ms
        near(&forecast.pause_seconds, 0.29, 1.04);
        near(forecast.convergence.as_ref().unwrap(), 20.0, 100.0);
        // the sum of the four
        near(&forecast.duration_seconds().unwrap(), 114.93, 502.9);
    }

    #[test]
    fn a_probe_takes_the_place_of_an_assumption() {
        let probed = Inputs { probe_read: Some(100e6), probe_write: Some(60e6), tables: 0.0, ..shop() };
        // 10.5 GB / (60 MB/s × 1.5); 10.5 GB / (60 MB/s × 0.6)
        near(&Forecast::of(&probed).copy_seconds, 116.67, 291.67);
    }

    #[test]
    fn a_copy_that_waits_copies_what_grows_meanwhile() {
        let later = |growth| {
            let inputs = Inputs { growth_bytes_per_day: growth, ..shop() };
            Forecast::of(&inputs).copy_seconds_in_30_days
        };
        // 30 × 119 MB, of which 10.5 of 11.9 are rows: 13.65 GB / 210 MB/s + 200 ms; 13.65 GB / 50 MB/s + 1.5 s
        near(&later(Some(119e6)).unwrap(), 65.2, 274.5);
        // what shrinks is not counted on
        near(&later(Some(-119e6)).unwrap(), 50.2, 211.5);
        assert_eq!(later(None), None);
    }

    #[test]
    fn changes_that_are_made_faster_than_they_are_applied_never_end() {
        let forecast = Forecast::of(&Inputs { changes_per_second: 20_000.0, ..shop() });
        assert_eq!((forecast.catch_up_seconds.clone(), forecast.wal_held_bytes.clone()), (None, None));
        assert_eq!(forecast.duration_seconds(), None);
    }

    #[test]
    fn nothing_to_move_takes_no_time() {
        let forecast = Forecast::of(&Inputs { jobs: 2.0, ..Inputs::default() });
        near(&forecast.copy_seconds, 0.0, 0.0);
        near(&forecast.pause_seconds, 0.05, 0.8);
        assert_eq!(forecast.wal_held_bytes, None);
    }

    #[test]
    fn criteria_are_met_at_risk_missed_or_unknown() {
        let forecast = Forecast::of(&Inputs { wal_per_second: None, ..shop() });
        let criteria = Criteria {
            pause_seconds_max: Some(2.0),
            duration_seconds_max: Some(300.0),
            wal_held_bytes_max: Some(1e9),
            end_within_seconds: Some(60.0),
        };
        let verdicts: Vec<_> =
            forecast.judge(&criteria).into_iter().map(|judged| (judged.criterion, judged.verdict)).collect();
        let expected = [
            ("pause_max", Verdict::Met),
            ("duration_max", Verdict::AtRisk),
            ("wal_held_max", Verdict::Unknown),
            ("end_by", Verdict::Missed),
        ];
        assert_eq!(verdicts, expected.map(|(name, verdict)| (name.to_owned(), verdict)));
        assert_eq!(forecast.judge(&Criteria::default()), []);
    }
}
