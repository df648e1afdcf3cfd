//! Work on many numbers, shared by the cores.

use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many threads work, and who hears of their progress.
#[derive(Clone, Copy)]
pub struct Workers<'a> {
    threads: usize,
    progress: Option<&'a (dyn Fn(usize, usize) + Sync)>,
}

impl<'a> Workers<'a> {
    /// As many threads as there are cores.
    #[must_use]
    pub fn all() -> Self {
        Self::threads(std::thread::available_parallelism().map_or(1, usize::from))
    }

    /// This many threads, at least one.
    #[must_use]
    pub fn threads(threads: usize) -> Self {
        Self { threads: threads.max(1), progress: None }
    }

    /// Calls `progress` with how many numbers are done, and how many there are, from whichever thread.
    #[must_use]
    pub fn with_progress(self, progress: &'a (dyn Fn(usize, usize) + Sync)) -> Self {
        Self { progress: Some(progress), ..self }
    }

    /// Computes `count` results in order; `state` is made once a thread. The first error ends all.
    pub(crate) fn map<S, T: Send, E: Send>(
        &self,
        count: usize,
        state: impl Fn() -> Result<S, E> + Sync,
        step: impl Fn(&mut S, usize) -> Result<T, E> + Sync,
    ) -> Result<Vec<T>, E> {
        self.map_portions(count, state, |state, portion| portion.map(|i| step(state, i)).collect())
    }

    /// The same, several results at a time.
    pub(crate) fn map_portions<S, T: Send, E: Send>(
        &self,
        count: usize,
        state: impl Fn() -> Result<S, E> + Sync,
        step: impl Fn(&mut S, Range<usize>) -> Result<Vec<T>, E> + Sync,
    ) -> Result<Vec<T>, E> {
        /// Results that a thread takes on at once.
        const STRIDE: usize = 8;
        let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let gathered: Mutex<Vec<(usize, Vec<T>)>> = Mutex::default();
        let failure: Mutex<Option<E>> = Mutex::default();
        let work = || -> Result<(), E> {
            let mut state = state()?;
            loop {
                let start = next.fetch_add(STRIDE, Ordering::Relaxed);
                if start >= count {
                    return Ok(());
                }
                let portion = start..count.min(start + STRIDE);
                let length = portion.len();
                let results = step(&mut state, portion)?;
                gathered.lock().expect("no thread panics while it holds this").push((start, results));
                let done = done.fetch_add(length, Ordering::Relaxed) + length;
                if let Some(progress) = self.progress {
                    progress(done, count);
                }
            }
        };
        let work = || {
            if let Err(error) = work() {
                next.store(count, Ordering::Relaxed);
                failure.lock().expect("no thread panics while it holds this").get_or_insert(error);
            }
        };
        let threads = self.threads.min(count.div_ceil(STRIDE));
        if threads <= 1 {
            work();
        } else {
            std::thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
        }
        if let Some(error) = failure.into_inner().expect("no thread panics while it holds this") {
            return Err(error);
        }
        let mut portions = gathered.into_inner().expect("no thread panics while it holds this");
        portions.sort_unstable_by_key(|portion| portion.0);
        Ok(portions.into_iter().flat_map(|portion| portion.1).collect())
    }
}

impl Default for Workers<'_> {
    fn default() -> Self {
        Self::all()
    }
}

impl std::fmt::Debug for Workers<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Workers({} threads)", self.threads)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order_from_any_number_of_threads() {
        for (threads, count) in [(1, 0), (1, 9), (2, 1), (3, 100), (8, 5)] {
            let largest = AtomicUsize::new(0);
            let note = |done: usize, of: usize| {
                assert!(done <= of);
                largest.fetch_max(done, Ordering::Relaxed);
            };
            let workers = Workers::threads(threads).with_progress(&note);
            let squares = workers.map(count, || Ok::<_, ()>(()), |(), i| Ok(i * i));
            assert_eq!(squares, Ok((0..count).map(|i| i * i).collect()));
            assert_eq!(largest.load(Ordering::Relaxed), count);
        }
    }

    #[test]
    fn an_error_ends_all() {
        let result = Workers::threads(2).map(50, || Ok(()), |(), i| if i == 7 { Err(i) } else { Ok(i) });
        assert_eq!(result, Err(7));
    }
}
