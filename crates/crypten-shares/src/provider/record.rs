//! A provider that notes what is asked of another one.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use zeroize::Zeroizing;

use crate::correlation::{Kind, Supply};
use crate::error::Error;
use crate::message::Words;
use crate::net::Net;
use crate::plan::{Plan, Request};
use crate::provider::Provider;

/// Passes requests on to another provider, and notes them while its [`Recording`] runs.
pub struct Recorder {
    inner: Box<dyn Provider>,
    recording: Recording,
}

impl Recorder {
    /// A recorder of what is asked of `inner`. Nothing is noted before [`Recording::start`].
    #[must_use]
    pub fn new(inner: Box<dyn Provider>) -> Self {
        Self { inner, recording: Recording::default() }
    }

    /// A handle by which the recording is started and taken.
    #[must_use]
    pub fn recording(&self) -> Recording {
        self.recording.clone()
    }
}

#[async_trait]
impl Provider for Recorder {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    fn is_replicated(&self) -> bool {
        self.inner.is_replicated()
    }

    async fn begin(&mut self, net: &mut dyn Net) -> Result<(), Error> {
        self.inner.begin(net).await
    }

    async fn supply(
        &mut self,
        net: &mut dyn Net,
        kind: &Kind,
        units: usize,
    ) -> Result<Option<Supply>, Error> {
        let supply = self.inner.supply(net, kind, units).await?;
        self.recording.note(kind, units);
        Ok(supply)
    }

    async fn corrections(
        &mut self,
        net: &mut dyn Net,
        kind: &Kind,
        words: usize,
    ) -> Result<Zeroizing<Words>, Error> {
        self.inner.corrections(net, kind, words).await
    }
}

impl std::fmt::Debug for Recorder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Recorder({}, ..)", self.inner.name())
    }
}

/// What a [`Recorder`] notes. Cloning gives another handle to the same recording.
#[derive(Clone, Debug, Default)]
pub struct Recording {
    /// Nothing while it does not run.
    plan: Arc<Mutex<Option<Plan>>>,
}

impl Recording {
    /// Begins to note requests, from an empty plan on.
    pub fn start(&self) {
        *self.plan() = Some(Plan::default());
    }

    /// Ends the recording and returns what was asked for since it began; an empty plan if it did not run.
    #[must_use]
    pub fn take(&self) -> Plan {
        self.plan().take().unwrap_or_default()
    }

    fn note(&self, kind: &Kind, units: usize) {
        if let Some(plan) = &mut *self.plan() {
            plan.push(Request { kind: kind.clone(), units });
        }
    }

    fn plan(&self) -> MutexGuard<'_, Option<Plan>> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
