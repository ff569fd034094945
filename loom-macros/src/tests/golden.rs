//! Whole expansions beside their sources in `golden/`. `LOOM_BLESS=1` rewrites them; read the difference.

use std::fs;
use std::path::Path;

use proc_macro2::{TokenStream, TokenTree};
use quote::quote;

use crate::network_tokens;

#[test]
fn expansions() {
    for name in ["xor", "graph", "expression", "loss"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden");
        let source = fs::read_to_string(folder.join(format!("{name}.rs"))).expect("the source");
        let expansion = expand(&source);
        let path = folder.join(format!("{name}-expanded.rs"));
        if std::env::var_os("LOOM_BLESS").is_some() {
            fs::write(&path, &expansion).expect("the expansion can be written");
        }
        let expected = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            expansion == expected,
            "{} is out of date; LOOM_BLESS=1 rewrites it. Now it is:\n{expansion}",
            path.display()
        );
    }
}

/// The expansion of the one call of `network!` in `source`.
fn expand(source: &str) -> String {
    let tokens: TokenStream = source.parse().expect("the source can be split into tokens");
    let calls = tokens.into_iter().filter_map(|tree| match tree {
        TokenTree::Group(group) => Some(group.stream()),
        _ => None,
    });
    let call = calls.last().expect("the source calls the macro");
    let expansion = network_tokens(quote!((::loom) #call));
    let is_block = expansion.clone().into_iter().count() == 1;
    let items = if is_block { quote!(fn main() { let network = #expansion; }) } else { expansion };
    prettyplease::unparse(&syn::parse2(items).expect("the expansion is Rust"))
}
