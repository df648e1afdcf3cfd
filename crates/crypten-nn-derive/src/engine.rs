//! Over which engine a struct is a module.

use syn::punctuated::Punctuated;
use syn::{Error, Generics, Ident, Result, Token, Type, TypeParamBound, WherePredicate};

/// The struct's one parameter with the bound `Engine`, if there is one.
pub(crate) fn parameter(generics: &Generics) -> Result<Option<&Ident>> {
    let mut engines = generics.type_params().map(|parameter| &parameter.ident).filter(|parameter| {
        bounds(generics, parameter).into_iter().any(|bounds| bounds.iter().any(is_engine))
    });
    match (engines.next(), engines.next()) {
        (engine, None) => Ok(engine),
        (_, Some(second)) => Err(Error::new(
            second.span(),
            "a second engine: `#[module(engine = ..)]` above the struct says which one counts",
        )),
    }
}

/// All bounds of a parameter: where it is declared, and in the `where` clause.
fn bounds<'a>(generics: &'a Generics, parameter: &Ident) -> Vec<&'a Punctuated<TypeParamBound, Token![+]>> {
    let declared = generics.type_params().filter(|declared| declared.ident == *parameter);
    let mut bounds = Vec::from_iter(declared.map(|declared| &declared.bounds));
    for predicate in generics.where_clause.iter().flat_map(|clause| &clause.predicates) {
        if let WherePredicate::Type(predicate) = predicate
            && let Type::Path(bounded) = &predicate.bounded_ty
            && bounded.path.is_ident(parameter)
        {
            bounds.push(&predicate.bounds);
        }
    }
    bounds
}

fn is_engine(bound: &TypeParamBound) -> bool {
    let TypeParamBound::Trait(bound) = bound else { return false };
    bound.path.segments.last().is_some_and(|segment| segment.ident == "Engine")
}
