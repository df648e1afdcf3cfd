//! Modules by position, which the module around them calls as it likes.

use std::ops::{Index, IndexMut};

use crypten_autograd::Engine;

use crate::module::{Module, Parts};

/// Modules in a list, all of one type; `Box<dyn Module<E>>` is one for all. Their names are their positions.
#[derive(Clone, Debug, Default)]
pub struct ModuleList<M> {
    modules: Vec<M>,
}

impl<M> ModuleList<M> {
    /// No modules.
    #[must_use]
    pub fn new() -> Self {
        Self { modules: Vec::new() }
    }

    /// Adds a module at the end.
    pub fn append(&mut self, module: M) {
        self.modules.push(module);
    }

    /// Adds a module in front of the one at a position.
    ///
    /// # Panics
    /// If the position is past the end.
    pub fn insert(&mut self, position: usize, module: M) {
        self.modules.insert(position, module);
    }

    /// Takes the module at a position out, if there is one; those after it move up.
    pub fn pop(&mut self, position: usize) -> Option<M> {
        (position < self.modules.len()).then(|| self.modules.remove(position))
    }

    /// Takes all modules out.
    pub fn clear(&mut self) {
        self.modules.clear();
    }

    /// The module at a position.
    #[must_use]
    pub fn at(&self, position: usize) -> Option<&M> {
        self.modules.get(position)
    }

    /// The modules, first to last.
    pub fn iter(&self) -> std::slice::Iter<'_, M> {
        self.modules.iter()
    }

    /// How many modules there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.modules.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.modules.is_empty()
    }
}

impl<E: Engine, M: Module<E>> Module<E> for ModuleList<M> {
    fn parts<'a>(&'a self, parts: &mut Parts<'a, E>) {
        for (position, module) in self.modules.iter().enumerate() {
            parts.child(position.to_string(), module);
        }
    }
}

impl<M> Index<usize> for ModuleList<M> {
    type Output = M;

    fn index(&self, position: usize) -> &M {
        &self.modules[position]
    }
}

impl<M> IndexMut<usize> for ModuleList<M> {
    fn index_mut(&mut self, position: usize) -> &mut M {
        &mut self.modules[position]
    }
}

impl<M> Extend<M> for ModuleList<M> {
    fn extend<I: IntoIterator<Item = M>>(&mut self, modules: I) {
        self.modules.extend(modules);
    }
}

impl<M> FromIterator<M> for ModuleList<M> {
    fn from_iter<I: IntoIterator<Item = M>>(modules: I) -> Self {
        Self { modules: modules.into_iter().collect() }
    }
}

impl<'a, M> IntoIterator for &'a ModuleList<M> {
    type Item = &'a M;
    type IntoIter = std::slice::Iter<'a, M>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
