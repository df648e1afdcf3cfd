//! The implementation of `Module` for a struct.

use std::collections::HashSet;

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Error, Field, LitStr, Member, Path, Result, parse_quote};

use crate::attribute::{FieldAttributes, Role, StructAttributes};
use crate::engine;

/// The implementation, for a program that knows `crypten-nn` under a path.
pub(crate) fn module(input: &DeriveInput, crypten_nn: Path) -> Result<TokenStream> {
    let fields = match &input.data {
        Data::Struct(data) => &data.fields,
        Data::Enum(data) => return Err(Error::new(data.enum_token.span, NOT_A_STRUCT)),
        Data::Union(data) => return Err(Error::new(data.union_token.span, NOT_A_STRUCT)),
    };
    let said = StructAttributes::read(&input.attrs)?;
    let nn = said.crypten_nn.unwrap_or(crypten_nn);
    let mut generics = input.generics.clone();
    let engine = if let Some(named) = said.engine {
        named.into_token_stream()
    } else if let Some(parameter) = engine::parameter(&input.generics)? {
        parameter.into_token_stream()
    } else {
        generics.params.push(parse_quote!(__Engine: #nn::autograd::Engine));
        quote!(__Engine)
    };
    // A type with a parameter that is no engine is a module only if it is said to be one.
    let others = input.generics.type_params().map(|parameter| parameter.ident.to_string());
    let others = Vec::from_iter(others.filter(|parameter| *parameter != engine.to_string()));

    let mut names = HashSet::new();
    let mut statements = Vec::new();
    for (member, field) in fields.members().zip(fields) {
        let FieldAttributes { role, name } = FieldAttributes::read(&field.attrs)?;
        if role == Role::Skip {
            continue;
        }
        let name = name.unwrap_or_else(|| LitStr::new(&name_of(&member), member.span()));
        if role != Role::Flatten && !names.insert(name.value()) {
            return Err(Error::new(name.span(), format!("a second part is called {:?}", name.value())));
        }
        if matches!(role, Role::Child | Role::Flatten) && mention(field.ty.to_token_stream(), &others) {
            let of = &field.ty;
            generics.make_where_clause().predicates.push(parse_quote!(#of: #nn::Module<#engine>));
        }
        statements.push(statement(role, &name, &member, field, &nn));
    }

    let name = &input.ident;
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    let (_, type_generics, _) = input.generics.split_for_impl();
    Ok(quote! {
        #[automatically_derived]
        impl #impl_generics #nn::Module<#engine> for #name #type_generics #where_clause {
            fn parts<'__parts>(&'__parts self, __parts: &mut #nn::Parts<'__parts, #engine>) {
                #(#statements)*
            }
        }
    })
}

const NOT_A_STRUCT: &str = "only a struct is a module: put what is chosen in a `Box<dyn Module<E>>`, \
                            or write `Module::parts` by hand";

/// What lists one field. What the compiler has to say of its type, it says where the type stands.
fn statement(role: Role, name: &LitStr, member: &Member, field: &Field, nn: &Path) -> TokenStream {
    let part = quote_spanned!(field.ty.span()=> &self.#member);
    match role {
        Role::Child => quote!(#nn::Parts::child(__parts, #name, #part);),
        Role::Parameter => quote!(#nn::Parts::parameter(__parts, #name, #part);),
        Role::Buffer => quote!(#nn::Parts::buffer(__parts, #name, #part);),
        Role::Flatten => quote!(#nn::Module::parts(#part, __parts);),
        Role::Skip => TokenStream::new(),
    }
}

fn name_of(member: &Member) -> String {
    match member {
        Member::Named(name) => name.unraw().to_string(),
        Member::Unnamed(position) => position.index.to_string(),
    }
}

/// Whether one of these words is in the tokens.
fn mention(tokens: TokenStream, words: &[String]) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(found) => words.iter().any(|word| found == word),
        TokenTree::Group(group) => mention(group.stream(), words),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(input: &str) -> Result<String> {
        Ok(module(&syn::parse_str(input)?, parse_quote!(nn))?.to_string())
    }

    /// The type parameters of the implementation, what it is for, and the statements of its one function.
    #[track_caller]
    fn check(input: &str, head: TokenStream, engine: TokenStream, statements: TokenStream) {
        let expected = quote! {
            #[automatically_derived]
            #head {
                fn parts<'__parts>(&'__parts self, __parts: &mut nn::Parts<'__parts, #engine>) { #statements }
            }
        };
        assert_eq!(expanded(input).unwrap(), expected.to_string());
    }

    #[track_caller]
    fn refused(input: &str, expected: &str) {
        assert_eq!(expanded(input).unwrap_err().to_string(), expected);
    }

    #[test]
    fn fields_are_children_unless_they_say_otherwise() {
        check(
            "struct Net<E: Engine> {
                #[module(skip)] size: usize,
                body: Linear<E>,
                #[module(parameter)] scale: Var<E>,
                #[module(buffer, name = \"running_mean\")] mean: Option<Var<E>>,
                #[module(flatten)] affine: Affine<E>,
                r#type: Mode,
            }",
            quote!(impl<E: Engine> nn::Module<E> for Net<E>),
            quote!(E),
            quote! {
                nn::Parts::child(__parts, "body", &self.body);
                nn::Parts::parameter(__parts, "scale", &self.scale);
                nn::Parts::buffer(__parts, "running_mean", &self.mean);
                nn::Module::parts(&self.affine, __parts);
                nn::Parts::child(__parts, "type", &self.r#type);
            },
        );
    }

    #[test]
    fn without_an_engine_a_struct_is_a_module_over_every_one() {
        let every = quote!(impl<__Engine: nn::autograd::Engine> nn::Module<__Engine> for ReLU);
        check("struct ReLU;", every, quote!(__Engine), quote!());
    }

    #[test]
    fn the_engine_is_found_by_its_bound_wherever_it_stands() {
        let head = quote!(impl<F> nn::Module<F> for Pair<F>);
        check(
            "struct Pair<F>(A<F>, A<F>) where F: autograd::Engine + Copy;",
            quote!(#head where F: autograd::Engine + Copy),
            quote!(F),
            quote! {
                nn::Parts::child(__parts, "0", &self.0);
                nn::Parts::child(__parts, "1", &self.1);
            },
        );
    }

    #[test]
    fn an_engine_and_a_path_can_be_named() {
        let named = "struct Net { body: Linear<Plain> }";
        let (head, statement) =
            (quote!(impl nn::Module<Plain> for Net), quote!(nn::Parts::child(__parts, "body", &self.body);));
        check(&format!("#[module(engine = Plain)] {named}"), head, quote!(Plain), statement);
        let ours = expanded(&format!("#[module(engine = Plain, crate = ::ours)] {named}")).unwrap();
        assert!(ours.contains(&quote!(impl ::ours::Module<Plain> for Net).to_string()));
        assert!(!ours.contains("nn ::"));
    }

    #[test]
    fn a_generic_child_has_to_be_a_module() {
        check(
            "struct Residual<M>(Option<M>, #[module(skip)] Vec<M>);",
            quote! {
                impl<M, __Engine: nn::autograd::Engine> nn::Module<__Engine> for Residual<M>
                where Option<M>: nn::Module<__Engine>
            },
            quote!(__Engine),
            quote!(nn::Parts::child(__parts, "0", &self.0);),
        );
    }

    #[test]
    fn what_is_no_struct_is_refused() {
        refused("enum Net { A, B }", NOT_A_STRUCT);
        refused("union Net { a: u8, b: i8 }", NOT_A_STRUCT);
    }

    #[test]
    fn attributes_that_mean_nothing_are_refused() {
        let of_field = "unknown: a field has `parameter`, `buffer`, `flatten`, `skip` and `name = \"..\"`";
        refused("struct Net { #[module(weight)] w: W }", of_field);
        refused("struct Net { #[module(engine = Plain)] w: W }", of_field);
        let of_struct = "unknown: a struct has `engine = ..` and `crate = ..`";
        refused("#[module(skip)] struct Net;", of_struct);
        let twice = "said twice: one of its kind is enough";
        refused("struct Net { #[module(buffer)] #[module(parameter)] w: W }", twice);
        refused("#[module(engine = A, engine = B)] struct Net;", twice);
        assert!(expanded("struct Net { #[module] w: W }").is_err());
    }

    #[test]
    fn names_that_mean_nothing_are_refused() {
        let plain = "a name is not empty and has no dot in it";
        refused("struct Net { #[module(name = \"\")] w: W }", plain);
        refused("struct Net { #[module(parameter, name = \"a.b\")] w: W }", plain);
        refused("struct Net { #[module(skip, name = \"w\")] w: W }", "a field with `skip` has no name");
        refused("struct Net { a: W, #[module(name = \"a\")] b: W }", "a second part is called \"a\"");
    }

    #[test]
    fn of_two_engines_one_has_to_be_named() {
        let two = "struct Net<E: Engine, F: Engine> { a: W<E>, b: W<F> }";
        let message = "a second engine: `#[module(engine = ..)]` above the struct says which one counts";
        refused(two, message);
        let named = expanded(&format!("#[module(engine = F)] {two}")).unwrap();
        assert!(named.contains(&quote!(nn::Module<F> for Net<E, F>).to_string()));
    }
}
