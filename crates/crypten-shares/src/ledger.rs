//! What a session has made public: every value that has gone through the only door, in order.

use std::fmt;
use std::panic::Location;

use crate::place::Rank;

/// One tensor that was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disclosure {
    /// How it was opened: the operation in the messages.
    pub operation: &'static str,
    /// The shape of the tensor.
    pub shape: Vec<usize>,
    /// Who learnt it; `None` is everybody.
    pub to: Option<Rank>,
    /// The interactive step of the session.
    pub step: u64,
    /// The line of the program that asked for it, if it is known.
    pub caller: Option<&'static Location<'static>>,
}

impl fmt::Display for Disclosure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "step {}: {} of shape {:?} to ", self.step, self.operation, self.shape)?;
        match self.to {
            None => f.write_str("every party")?,
            Some(rank) => write!(f, "party {rank}")?,
        }
        match self.caller {
            Some(place) => write!(f, ", at {place}"),
            None => Ok(()),
        }
    }
}

/// The list that a party keeps.
#[derive(Default)]
pub(crate) struct Ledger {
    entries: Vec<Disclosure>,
    caller: Option<&'static Location<'static>>,
}

impl Ledger {
    pub(crate) fn entries(&self) -> &[Disclosure] {
        &self.entries
    }

    /// Names the line of the program for what is opened next.
    pub(crate) fn called_from(&mut self, caller: &'static Location<'static>) {
        self.caller = Some(caller);
    }

    pub(crate) fn note(&mut self, operation: &'static str, shape: &[usize], to: Option<Rank>, step: u64) {
        let caller = self.caller.take();
        self.entries.push(Disclosure { operation, shape: shape.to_vec(), to, step, caller });
    }
}
