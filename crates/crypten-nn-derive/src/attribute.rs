//! What stands above a struct and its fields: `#[module(..)]`.

use syn::meta::ParseNestedMeta;
use syn::{Attribute, Error, LitStr, Path, Result, Type};

/// What a struct says of itself.
#[derive(Default)]
pub(crate) struct StructAttributes {
    /// The one engine that it is a module over.
    pub(crate) engine: Option<Type>,
    /// Where `crypten-nn` is.
    pub(crate) crypten_nn: Option<Path>,
}

/// What a field says of itself.
pub(crate) struct FieldAttributes {
    pub(crate) role: Role,
    /// Its name in the state, if that is not the field's. Invariant: neither empty nor with a dot in it.
    pub(crate) name: Option<LitStr>,
}

/// What a field is for the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Child,
    Parameter,
    Buffer,
    Flatten,
    Skip,
}

impl StructAttributes {
    pub(crate) fn read(attributes: &[Attribute]) -> Result<Self> {
        let mut read = Self::default();
        each(attributes, |meta| {
            if meta.path.is_ident("engine") {
                set(&mut read.engine, &meta, meta.value()?.parse()?)
            } else if meta.path.is_ident("crate") {
                set(&mut read.crypten_nn, &meta, meta.value()?.parse()?)
            } else {
                Err(meta.error("unknown: a struct has `engine = ..` and `crate = ..`"))
            }
        })?;
        Ok(read)
    }
}

impl FieldAttributes {
    pub(crate) fn read(attributes: &[Attribute]) -> Result<Self> {
        let (mut role, mut name) = (None, None::<LitStr>);
        each(attributes, |meta| {
            if meta.path.is_ident("name") {
                return set(&mut name, &meta, meta.value()?.parse()?);
            }
            let roles = [Role::Parameter, Role::Buffer, Role::Flatten, Role::Skip];
            let Some(named) = roles.into_iter().find(|role| meta.path.is_ident(role.word())) else {
                return Err(meta.error(
                    "unknown: a field has `parameter`, `buffer`, `flatten`, `skip` and `name = \"..\"`",
                ));
            };
            set(&mut role, &meta, named)
        })?;
        let role = role.unwrap_or(Role::Child);
        if let Some(name) = &name {
            if matches!(role, Role::Flatten | Role::Skip) {
                return Err(Error::new(name.span(), format!("a field with `{}` has no name", role.word())));
            }
            if name.value().is_empty() || name.value().contains('.') {
                return Err(Error::new(name.span(), "a name is not empty and has no dot in it"));
            }
        }
        Ok(Self { role, name })
    }
}

impl Role {
    fn word(self) -> &'static str {
        match self {
            Self::Child => "child",
            Self::Parameter => "parameter",
            Self::Buffer => "buffer",
            Self::Flatten => "flatten",
            Self::Skip => "skip",
        }
    }
}

/// Reads what stands between the parentheses of each `#[module(..)]`.
fn each(attributes: &[Attribute], mut read: impl FnMut(ParseNestedMeta<'_>) -> Result<()>) -> Result<()> {
    attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("module"))
        .try_for_each(|attribute| attribute.parse_nested_meta(&mut read))
}

/// Keeps a value that is given for the first time.
fn set<T>(place: &mut Option<T>, meta: &ParseNestedMeta<'_>, value: T) -> Result<()> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(meta.error("said twice: one of its kind is enough")),
    }
}
