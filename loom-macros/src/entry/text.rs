//! Sizes, shapes and places as errors and constants write them.

use proc_macro2::TokenStream;
use quote::quote;

use crate::ast::Call;

/// A number without a suffix, as a person would write it.
pub(crate) fn number(value: usize) -> proc_macro2::Literal {
    proc_macro2::Literal::usize_unsuffixed(value)
}

/// "3 channels", "1 channel".
pub(crate) fn count(value: usize, noun: &str) -> String {
    if value == 1 { format!("1 {noun}") } else { format!("{value} {noun}s") }
}

/// Number of values in a shape, which the checker keeps within [`crate::size::MAX`].
pub(crate) fn product(shape: &[usize]) -> usize {
    shape.iter().product()
}

/// "1, 28, 28"
pub(crate) fn join(shape: &[usize]) -> String {
    let dims: Vec<_> = shape.iter().map(usize::to_string).collect();
    dims.join(", ")
}

/// Each divisor of a number, in pairs from the outside in; that of a square's root is there twice.
pub(crate) fn divisors(of: usize) -> impl Iterator<Item = usize> {
    let small = (1..=of.isqrt()).filter(move |divisor| of.is_multiple_of(*divisor));
    small.flat_map(move |divisor| [divisor, of / divisor])
}

/// The divisors of a number on either side of one that is none.
pub(crate) fn nearest_divisors(of: usize, near: usize) -> impl Iterator<Item = usize> {
    let below = divisors(of).filter(|divisor| *divisor < near).max();
    let above = divisors(of).filter(|divisor| *divisor > near).min();
    below.into_iter().chain(above)
}

/// The call's own spelling of an option, for cures: `padding = 1`.
pub(crate) fn pair_text(pair: [usize; 2]) -> String {
    if pair[0] == pair[1] { pair[0].to_string() } else { format!("({}, {})", pair[0], pair[1]) }
}

/// The place of an option's value, or the layer's name where the option is not written.
pub(crate) fn option_place(call: &Call, name: &str) -> TokenStream {
    match call.options.iter().find(|(option, _)| option == name) {
        Some((_, value)) => quote!(#value),
        None => {
            let layer = &call.name;
            quote!(#layer)
        }
    }
}
