//! Modules by name, which the module around them calls as it likes.

use std::ops::Index;

use crypten_autograd::Engine;

use crate::module::{Module, Parts};

/// Modules under names, in the order in which they were added, all of one type; `Box<dyn Module<E>>` is one for all.
#[derive(Clone, Debug, Default)]
pub struct ModuleDict<M> {
    /// Invariant: no name occurs twice.
    modules: Vec<(String, M)>,
}

impl<M> ModuleDict<M> {
    /// No modules.
    #[must_use]
    pub fn new() -> Self {
        Self { modules: Vec::new() }
    }

    /// Adds a module, or replaces the one of that name, which is given back.
    pub fn insert(&mut self, name: impl Into<String>, module: M) -> Option<M> {
        let name = name.into();
        match self.modules.iter_mut().find(|(other, _)| *other == name) {
            Some((_, place)) => Some(std::mem::replace(place, module)),
            None => {
                self.modules.push((name, module));
                None
            }
        }
    }

    /// Takes a module out.
    pub fn pop(&mut self, name: &str) -> Option<M> {
        let position = self.modules.iter().position(|(other, _)| other == name)?;
        Some(self.modules.remove(position).1)
    }

    /// The module of a name.
    #[must_use]
    pub fn module(&self, name: &str) -> Option<&M> {
        self.modules.iter().find(|(other, _)| other == name).map(|(_, module)| module)
    }

    /// Adds modules, or replaces those of their names.
    pub fn update(&mut self, modules: impl IntoIterator<Item = (String, M)>) {
        for (name, module) in modules {
            self.insert(name, module);
        }
    }

    /// Takes all modules out.
    pub fn clear(&mut self) {
        self.modules.clear();
    }

    /// Whether there is a module of a name.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.module(name).is_some()
    }

    /// Names.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.modules.iter().map(|(name, _)| name.as_str())
    }

    /// Modules.
    pub fn values(&self) -> impl Iterator<Item = &M> {
        self.modules.iter().map(|(_, module)| module)
    }

    /// Names and modules.
    pub fn items(&self) -> impl Iterator<Item = (&str, &M)> {
        self.modules.iter().map(|(name, module)| (name.as_str(), module))
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

impl<E: Engine, M: Module<E>> Module<E> for ModuleDict<M> {
    fn parts<'a>(&'a self, parts: &mut Parts<'a, E>) {
        for (name, module) in &self.modules {
            parts.child(name.as_str(), module);
        }
    }
}

impl<M> Index<&str> for ModuleDict<M> {
    type Output = M;

    fn index(&self, name: &str) -> &M {
        self.module(name).unwrap_or_else(|| panic!("no module {name:?}"))
    }
}

impl<M> FromIterator<(String, M)> for ModuleDict<M> {
    fn from_iter<I: IntoIterator<Item = (String, M)>>(modules: I) -> Self {
        let mut dict = Self::new();
        dict.update(modules);
        dict
    }
}
