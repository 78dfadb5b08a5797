//! What is going on, in counters that anybody may read, and in few typed events.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use serde::{Deserialize, Serialize};

/// Counters of one run; written by the engine, read by whoever shows them.
#[derive(Default)]
pub struct Progress {
    /// Bytes of COPY data that passed.
    pub bytes_copied: Counter,
    /// Rows whose transaction has committed on the target.
    pub rows_copied: Counter,
    /// What the tables weigh on the source, bytes of heap and TOAST.
    pub bytes_planned: Counter,
    /// Of those, the weight of the chunks that are in.
    pub bytes_done: Counter,
    /// Tables to copy.
    pub tables_planned: Counter,
    /// Tables whose last chunk is in.
    pub tables_done: Counter,
    /// Definitions to execute: before the rows, or after them.
    pub entries_planned: Counter,
    /// Definitions executed, well or not.
    pub entries_done: Counter,
    /// Bytes that verification has to read on both sides together.
    pub bytes_to_verify: Counter,
    /// Of those, read.
    pub bytes_verified: Counter,
    events: Mutex<Option<Listener>>,
}

type Listener = Box<dyn Fn(&Event) + Send>;

/// A number that only grows, or is set anew when its phase begins again.
#[derive(Default, Debug)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Adds.
    pub fn add(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    /// Begins anew.
    pub fn set(&self, value: u64) {
        self.0.store(value, Ordering::Relaxed);
    }

    /// The present value.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Something that a person would want to read in a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A step began.
    Began {
        /// What it does, as "copy the rows".
        what: String,
    },
    /// A step ended well.
    Ended {
        /// What it did.
        what: String,
        /// How long it took.
        seconds: u64,
    },
    /// Something went wrong and is tried again.
    Retrying {
        /// What it was.
        what: String,
        /// Why.
        because: String,
    },
    /// Something that the operator should know.
    Note {
        /// In a sentence.
        text: String,
    },
}

/// A shared handle.
pub type Shared = Arc<Progress>;

impl Progress {
    /// Has `listener` told of every event from now on.
    pub fn listen(&self, listener: impl Fn(&Event) + Send + 'static) {
        *self.events.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(listener));
    }

    /// Tells of an event.
    pub fn tell(&self, event: Event) {
        if let Some(listener) = self.events.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
            listener(&event);
        }
    }

    /// Tells of something tried again.
    pub fn retrying(&self, what: impl Into<String>, because: impl std::fmt::Display) {
        self.tell(Event::Retrying { what: what.into(), because: because.to_string() });
    }

    /// Tells a sentence.
    pub fn note(&self, text: impl Into<String>) {
        self.tell(Event::Note { text: text.into() });
    }
}
