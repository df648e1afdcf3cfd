//! Deadlines under any executor: timers are registered with a tokio runtime that runs elsewhere.
//!
//! A timer finds its runtime when it is made, not when it is awaited, so the runtime is entered only while
//! the future is constructed; the guard never lives across an await.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;
use tokio::time::{Instant, Sleep, Timeout};

/// A thread that does nothing but wake sleepers. It ends when the last holder is gone.
#[derive(Debug)]
pub(crate) struct Clock {
    handle: Handle,
    _stop: oneshot::Sender<()>,
}

impl Clock {
    pub(crate) fn start() -> Arc<Self> {
        let runtime =
            Builder::new_current_thread().enable_time().build().expect("timers need nothing of the system");
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel();
        thread::spawn(move || {
            // Ends with an error when the sender is dropped, which is the signal.
            let _ = runtime.block_on(stopped);
        });
        Arc::new(Self { handle, _stop: stop })
    }

    pub(crate) fn handle(&self) -> &Handle {
        &self.handle
    }
}

/// `future`, but not after `end`.
pub(crate) fn within<F: Future>(clock: &Handle, end: Instant, future: F) -> Timeout<F> {
    let _inside = clock.enter();
    tokio::time::timeout_at(end, future)
}

/// Waits until `end`.
pub(crate) fn sleep(clock: &Handle, end: Instant) -> Sleep {
    let _inside = clock.enter();
    tokio::time::sleep_until(end)
}

/// The end of a span that begins now; some far day if it is too long to be counted.
pub(crate) fn after(span: Duration) -> Instant {
    const FAR: Duration = Duration::from_secs(30 * 365 * 24 * 3600);
    Instant::now() + span.min(FAR)
}
