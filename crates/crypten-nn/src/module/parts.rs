//! What a module is made of, and the walk through a module and its children: each module's own parameters, its buffers,
//! then its children, as PyTorch orders them.

use std::fmt;

use crypten_autograd::{Engine, Var};

use super::{Mode, Module};
use crate::state::Entry;

/// The list that a module makes of its parts.
pub struct Parts<'a, E: Engine> {
    parameters: Vec<(String, &'a Var<E>)>,
    buffers: Vec<(String, &'a Var<E>)>,
    children: Vec<(String, &'a dyn Module<E>)>,
    modes: Vec<&'a Mode>,
}

impl<'a, E: Engine> Parts<'a, E> {
    /// Lists what is trained: a variable, or an option of one.
    pub fn parameter(&mut self, name: impl Into<String>, parameter: impl Into<Option<&'a Var<E>>>) {
        self.parameters.extend(parameter.into().map(|parameter| (name.into(), parameter)));
    }

    /// Lists what belongs to the state and is not trained: a variable, or an option of one.
    pub fn buffer(&mut self, name: impl Into<String>, buffer: impl Into<Option<&'a Var<E>>>) {
        self.buffers.extend(buffer.into().map(|buffer| (name.into(), buffer)));
    }

    /// Lists a module within this one.
    pub fn child(&mut self, name: impl Into<String>, child: &'a dyn Module<E>) {
        self.children.push((name.into(), child));
    }

    /// Lists a mode, which [`Module::train`] and [`Module::eval`] set.
    pub(super) fn mode(&mut self, mode: &'a Mode) {
        self.modes.push(mode);
    }
}

impl<E: Engine> Default for Parts<'_, E> {
    /// No parts.
    fn default() -> Self {
        Self { parameters: Vec::new(), buffers: Vec::new(), children: Vec::new(), modes: Vec::new() }
    }
}

impl<E: Engine> fmt::Debug for Parts<'_, E> {
    /// Names; never the values, which may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let vars = self.parameters.iter().chain(&self.buffers).map(|(name, _)| name);
        f.debug_list().entries(vars.chain(self.children.iter().map(|(name, _)| name))).finish()
    }
}

/// Parameters and buffers of the wanted kinds, with their whole names.
pub(super) fn named<E: Engine, M: Module<E> + ?Sized>(
    module: &M,
    wanted: impl Fn(Entry) -> bool,
) -> Vec<(String, Var<E>)> {
    let mut named = Vec::new();
    walk(module, "", &mut |prefix, parts| {
        for (kind, vars) in [(Entry::Parameter, &parts.parameters), (Entry::Buffer, &parts.buffers)] {
            if wanted(kind) {
                named.extend(vars.iter().map(|(name, var)| (format!("{prefix}{name}"), (*var).clone())));
            }
        }
    });
    named
}

/// The modules right within a module. A mode is none of them, though it is listed as one.
pub(super) fn children<E: Engine, M: Module<E> + ?Sized>(module: &M) -> Vec<(String, &dyn Module<E>)> {
    let mut parts = Parts::default();
    module.parts(&mut parts);
    let is_module = |child: &dyn Module<E>| {
        let mut parts = Parts::default();
        child.parts(&mut parts);
        parts.modes.is_empty()
    };
    parts.children.into_iter().filter(|(_, child)| is_module(*child)).collect()
}

pub(super) fn set_training<E: Engine, M: Module<E> + ?Sized>(module: &M, training: bool) {
    walk(module, "", &mut |_, parts| parts.modes.iter().for_each(|mode| mode.set_training(training)));
}

fn walk<E: Engine, M: Module<E> + ?Sized>(
    module: &M,
    prefix: &str,
    visit: &mut dyn FnMut(&str, &Parts<'_, E>),
) {
    let mut parts = Parts::default();
    module.parts(&mut parts);
    visit(prefix, &parts);
    for (name, child) in &parts.children {
        walk(*child, &format!("{prefix}{name}."), visit);
    }
}
