//! The work that is left, shared by the pairs.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;

use crate::error::Error;

use super::{
    chunk::{Chunk, Work},
    large_object::Range,
};

/// What a pair has to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Task {
    /// Copy these chunks.
    Copy(Work),
    /// The table was rewritten between two of its chunks: empty it on the target, and copy it whole under this id.
    Again(usize, i64),
    /// Copy these large objects.
    LargeObjects(Range),
}

impl Task {
    /// Keys of the progress rows that its transaction writes.
    pub fn progress_ids(&self) -> Vec<i64> {
        match self {
            Self::Copy(work) => work.chunks.iter().map(|chunk| chunk.id).collect(),
            Self::Again(_, id) => vec![*id],
            Self::LargeObjects(range) => vec![range.progress_id()],
        }
    }

    /// Tables whose rows it carries, by their place in the catalog.
    pub fn tables(&self) -> Vec<usize> {
        tables(self)
    }
}

/// All tasks of a copy.
pub struct Queue {
    state: Mutex<State>,
    changed: Notify,
}

struct State {
    waiting: VecDeque<Task>,
    /// Tasks that pairs are at.
    running: usize,
    /// Chunks of each table that are not in yet, running ones included.
    left: HashMap<usize, usize>,
    running_chunks: HashMap<usize, usize>,
    rewritten: HashSet<usize>,
    /// Tables whose rows the target refuses.
    given_up: HashMap<usize, Error>,
    /// Done, and not undone by a table that is begun again.
    finished: Vec<Task>,
    next_id: i64,
}

impl Queue {
    /// A queue of `work` and of ranges of large objects.
    pub fn new(work: Vec<Work>, large_objects: Vec<Range>) -> Self {
        let mut tasks: Vec<Task> = work.into_iter().map(Task::Copy).collect();
        tasks.extend(large_objects.into_iter().map(Task::LargeObjects));
        Self::of(tasks, 0)
    }

    /// A queue of tasks of this one that have to be done again; ids of progress rows go on from where they stood.
    pub fn again(&self, tasks: Vec<Task>) -> Self {
        Self::of(tasks, self.lock().next_id)
    }

    fn of(tasks: Vec<Task>, last_id: i64) -> Self {
        let mut left: HashMap<usize, usize> = HashMap::new();
        tasks.iter().flat_map(tables).for_each(|table| *left.entry(table).or_default() += 1);
        let next_id = tasks.iter().flat_map(Task::progress_ids).max().unwrap_or(0).max(last_id);
        let waiting = VecDeque::from(tasks);
        let state = State {
            waiting,
            running: 0,
            left,
            running_chunks: HashMap::new(),
            rewritten: HashSet::new(),
            given_up: HashMap::new(),
            finished: Vec::new(),
            next_id,
        };
        Self { state: Mutex::new(state), changed: Notify::new() }
    }

    /// The next task; waits while others may still add some, and ends with `None` when all is done.
    pub async fn take(&self) -> Option<Task> {
        loop {
            let changed = self.changed.notified();
            {
                let mut state = self.lock();
                if let Some(task) = state.waiting.pop_front() {
                    state.start(&task);
                    return Some(task);
                }
                if state.running == 0 {
                    self.changed.notify_waiters();
                    return None;
                }
            }
            changed.await;
        }
    }

    /// `task` is done; the tables whose last chunk came in with it.
    pub fn done(&self, task: &Task) -> Vec<usize> {
        let mut state = self.lock();
        let complete = state.finish(task);
        drop(state);
        self.changed.notify_waiters();
        complete
    }

    /// The target takes no rows like these. Several tables are tried again one by one; a table alone is given up, with
    /// what is in and what is waiting of it.
    pub fn refused(&self, task: &Task, error: &Error) {
        let mut state = self.lock();
        state.running -= 1;
        for table in tables(task) {
            *state.running_chunks.entry(table).or_default() -= 1;
        }
        match task {
            Task::Copy(work) if 1 < work.chunks.len() => {
                let alone = work.chunks.iter().map(|chunk| Task::Copy(Work { chunks: vec![chunk.clone()] }));
                state.waiting.extend(alone);
            }
            _ => tables(task).into_iter().for_each(|table| state.give_up(table, error)),
        }
        drop(state);
        self.changed.notify_waiters();
    }

    /// Tables that were given up, by their place in the catalog, with the target's reason.
    pub fn given_up(&self) -> Vec<(usize, Error)> {
        self.lock().given_up.clone().into_iter().collect()
    }

    /// Every task whose transaction has answered COMMIT. The target may still lose some of them, if it crashes.
    pub fn finished(&self) -> Vec<Task> {
        self.lock().finished.clone()
    }

    /// A pair found `table` rewritten: its chunks are worth nothing, also those that are in.
    pub fn rewritten(&self, table: usize) {
        self.lock().rewritten.insert(table);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn start(&mut self, task: &Task) {
        self.running += 1;
        for table in tables(task) {
            *self.running_chunks.entry(table).or_default() += 1;
        }
    }

    fn finish(&mut self, task: &Task) -> Vec<usize> {
        self.running -= 1;
        self.finished.push(task.clone());
        let mut complete = Vec::new();
        for table in tables(task) {
            let running = self.running_chunks.entry(table).or_default();
            *running -= 1;
            let idle = *running == 0;
            let left = self.left.entry(table).or_default();
            *left = left.saturating_sub(1);
            if self.given_up.contains_key(&table) {
                self.drop_chunks(table);
            } else if self.rewritten.contains(&table) {
                self.begin_again(table, idle);
            } else if *left == 0 {
                complete.push(table);
            }
        }
        complete
    }

    fn give_up(&mut self, table: usize, error: &Error) {
        self.given_up.insert(table, error.clone());
        self.drop_chunks(table);
    }

    /// Forgets chunks of a table that are waiting or done.
    fn drop_chunks(&mut self, table: usize) {
        self.waiting.retain(|task| !matches!(task, Task::Copy(work) if is_of(work, table)));
        self.finished.retain(|task| !matches!(task, Task::Copy(work) if is_of(work, table)));
    }

    /// Waiting chunks are dropped at once; the table is begun again when no pair is at it any more.
    fn begin_again(&mut self, table: usize, idle: bool) {
        self.drop_chunks(table);
        if idle {
            self.rewritten.remove(&table);
            self.left.insert(table, 1);
            self.next_id += 1;
            self.waiting.push_front(Task::Again(table, self.next_id));
        }
    }
}

/// Only tables of several chunks are ever begun again, and those have works of their own.
fn is_of(work: &Work, table: usize) -> bool {
    matches!(work.chunks.as_slice(), [Chunk { table: of, .. }] if *of == table)
}

fn tables(task: &Task) -> Vec<usize> {
    match task {
        Task::Copy(work) => work.chunks.iter().map(|chunk| chunk.table).collect(),
        Task::Again(table, _) => vec![*table],
        Task::LargeObjects(..) => vec![],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(id: i64, table: usize) -> Work {
        Work { chunks: vec![Chunk { id, table, first: 0, end: 1, whole: false, filenode: 1, bytes: 1 }] }
    }

    #[tokio::test]
    async fn a_table_is_complete_with_its_last_chunk() {
        let queue = Queue::new(vec![chunk(1, 0), chunk(2, 0), chunk(3, 1)], vec![]);
        let (a, b, c) =
            (queue.take().await.unwrap(), queue.take().await.unwrap(), queue.take().await.unwrap());
        assert_eq!(queue.done(&b), Vec::<usize>::new());
        assert_eq!(queue.done(&c), [1]);
        assert_eq!(queue.done(&a), [0]);
        assert_eq!(queue.take().await, None);
    }

    /// An id that another table's committed row had would be taken for that row.
    #[tokio::test]
    async fn a_table_begun_again_after_a_crash_has_an_id_of_its_own() {
        let first = Queue::new(vec![chunk(1, 0), chunk(2, 0), chunk(3, 1)], vec![]);
        let mut tasks = Vec::new();
        while tasks.len() < 3 {
            tasks.push(first.take().await.unwrap());
        }
        tasks.iter().for_each(|task| drop(first.done(task)));
        let second = first.again(tasks[..1].to_vec());
        let task = second.take().await.unwrap();
        second.rewritten(0);
        second.done(&task);
        assert_eq!(second.take().await, Some(Task::Again(0, 4)));
    }

    #[tokio::test]
    async fn tables_that_are_refused_together_are_tried_alone_and_one_alone_is_given_up() {
        let both = Work { chunks: [chunk(1, 0).chunks, chunk(2, 1).chunks].concat() };
        let queue = Queue::new(vec![both], vec![]);
        let error = Error::new(crate::Kind::Server, crate::Side::Target, "write rows");
        let together = queue.take().await.unwrap();
        queue.refused(&together, &error);
        let (first, second) = (queue.take().await.unwrap(), queue.take().await.unwrap());
        queue.refused(&first, &error);
        assert_eq!(queue.done(&second), [1]);
        assert_eq!(queue.take().await, None);
        assert_eq!(queue.given_up().iter().map(|(table, _)| *table).collect::<Vec<_>>(), [0]);
    }

    #[tokio::test]
    async fn a_rewritten_table_is_begun_again_when_nobody_is_at_it() {
        let queue = Queue::new(vec![chunk(1, 0), chunk(2, 0), chunk(3, 0), chunk(4, 1)], vec![]);
        let (first, second) = (queue.take().await.unwrap(), queue.take().await.unwrap());
        queue.rewritten(0);
        assert_eq!(queue.done(&first), Vec::<usize>::new());
        let other = queue.take().await.unwrap();
        assert_eq!(
            other,
            Task::Copy(chunk(4, 1)),
            "the third chunk of the rewritten table is not handed out"
        );
        queue.done(&second);
        let again = queue.take().await.unwrap();
        assert_eq!(again, Task::Again(0, 5));
        queue.done(&other);
        assert_eq!(queue.done(&again), [0]);
        assert_eq!(queue.take().await, None);
    }
}
