//! Whether a module is being trained.

use std::sync::atomic::{AtomicBool, Ordering};

use crypten_autograd::Engine;

use super::{Module, Parts};

/// Training or evaluation; training at first. A module that differs between the two has one among its children.
#[derive(Debug)]
pub struct Mode {
    training: AtomicBool,
}

impl Mode {
    /// Whether the module is being trained.
    #[must_use]
    pub fn is_training(&self) -> bool {
        self.training.load(Ordering::Relaxed)
    }

    /// Sets the mode of this module alone; [`Module::train`] sets that of all its children too.
    pub fn set_training(&self, training: bool) {
        self.training.store(training, Ordering::Relaxed);
    }
}

impl<E: Engine> Module<E> for Mode {
    fn parts<'a>(&'a self, parts: &mut Parts<'a, E>) {
        parts.mode(self);
    }
}

impl Default for Mode {
    fn default() -> Self {
        Self { training: AtomicBool::new(true) }
    }
}

impl Clone for Mode {
    fn clone(&self) -> Self {
        Self { training: AtomicBool::new(self.is_training()) }
    }
}
