//! `#[derive(Module)]` of `crypten-nn`: what a module is made of, read off its fields.
//!
//! The crate knows the names of what it writes and nothing else. `crypten-nn` exports it beside the trait, and shows how
//! it is used.

mod attribute; // what stands above a struct and its fields
mod engine; // over which engine a struct is a module
mod expand; // the implementation of the trait

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input, parse_quote};

/// Writes `Module::parts` of a struct: each field is a child under its own name, unless an attribute says otherwise.
///
/// | above a field | the field is |
/// |---|---|
/// | nothing | a module, or an `Option` of one, or a `Mode` |
/// | `#[module(parameter)]` | a `Var`, or an `Option` of one, that is trained |
/// | `#[module(buffer)]` | a `Var`, or an `Option` of one, that belongs to the state and is not trained |
/// | `#[module(flatten)]` | a module whose parts count as those of the struct, without a name in front |
/// | `#[module(skip)]` | no part: a setting |
/// | `#[module(name = "..")]` | called otherwise in the state; may stand beside `parameter` and `buffer` |
///
/// The fields of a tuple are called `0`, `1`, and so on.
///
/// The struct is a module over the engine that its parameter with the bound `Engine` stands for; without such a
/// parameter, over every engine. `#[module(engine = Plain)]` above the struct names one. `#[module(crate = path)]` says
/// where `crypten-nn` is, if it goes by another name.
#[proc_macro_derive(Module, attributes(module))]
pub fn derive_module(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expand::module(&input, parse_quote!(::crypten_nn)).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// The same for users of the facade, who know `crypten-nn` as `crypten::nn`.
#[proc_macro_derive(ModuleOfFacade, attributes(module))]
pub fn derive_module_of_facade(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expand::module(&input, parse_quote!(::crypten::nn)).unwrap_or_else(syn::Error::into_compile_error).into()
}
