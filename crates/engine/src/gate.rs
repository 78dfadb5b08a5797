//! Gates that open once: a table's rows are in, so its indexes may be built.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::Notify;

/// Gates by number, shut until opened; shared between threads.
#[derive(Clone, Debug, Default)]
pub struct Gates(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    open: Mutex<State>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    some: HashSet<u32>,
    all: bool,
}

impl Gates {
    /// Gates that are all open.
    pub fn opened() -> Self {
        let gates = Self::default();
        gates.open_all();
        gates
    }

    /// Opens one gate.
    pub fn open(&self, gate: u32) {
        self.with(|state| {
            state.some.insert(gate);
        });
    }

    /// Opens every gate there is or will be.
    pub fn open_all(&self) {
        self.with(|state| state.all = true);
    }

    /// Whether a gate is open.
    pub fn is_open(&self, gate: u32) -> bool {
        let state = self.0.open.lock().unwrap_or_else(PoisonError::into_inner);
        state.all || state.some.contains(&gate)
    }

    /// Waits until another gate opens. Take the future before asking [`Gates::is_open`], so that no opening is missed.
    pub fn changed(&self) -> tokio::sync::futures::Notified<'_> {
        self.0.changed.notified()
    }

    fn with(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.0.open.lock().unwrap_or_else(PoisonError::into_inner));
        self.0.changed.notify_waiters();
    }
}
