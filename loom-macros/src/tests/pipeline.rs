//! Shapes, sizes and errors from source text.

use proc_macro2::{TokenStream, TokenTree};

use super::{errors, model, tokens};
use crate::network_tokens;

#[test]
fn sizes() {
    let cases = [
        ("7", 7),
        ("1_000usize", 1000),
        ("0x10", 16),
        ("2 + 3 * 4", 14),
        ("(2 + 3) * 4", 20),
        ("{2 + 3} * 4", 20),
        ("20 - 5 - 3", 12),
        ("40 / 4 / 5", 2),
        ("17 % 10 * 2", 14),
        ("D", 64),
        ("4 * D", 256),
        ("LATER - 1", 128),
    ];
    for (size, expected) in cases {
        let source = format!("const D: usize = 64; struct Net {{ Dense<1, {size}> }} const LATER: usize = 2 * D + 1;");
        assert_eq!(model(&source).networks[0].output, Some(vec![expected]), "{size}");
    }
}

#[test]
fn shapes() {
    let cases: &[(&str, &[usize])] = &[
        ("[5, 7]", &[5, 7]),
        ("[5, 7] -> Dense<7, 3> -> Softmax", &[5, 3]),
        ("[2, 7, 9] -> Flatten", &[126]),
        ("[2, 7, 9] -> Reshape<3, 42>", &[3, 42]),
        ("[1, 28, 28] -> Conv2d<1, 8, 3>", &[8, 26, 26]),
        ("[1, 28, 28] -> Conv2d<1, 8, (3, 5), stride = (2, 1), padding = 1>", &[8, 14, 26]),
        ("[8, 13, 24] -> MaxPool2d<2>", &[8, 6, 12]),
        ("[8, 13, 24] -> MaxPool2d<(3, 2), stride = 1, padding = (1, 0)>", &[8, 13, 23]),
        ("[8, 13, 24] -> AvgPool2d<2> * 3", &[8, 1, 3]),
        ("[3, 9, 17] -> Conv2d<3, 5, (3, 4), stride = 2, padding = (0, 1), dilation = (4, 5)>", &[5, 1, 2]),
        ("[3, 17] -> Conv1d<3, 5, 3, stride = 2, padding = 1, dilation = 4>", &[5, 6]),
        ("[3, 9, 17] -> GlobalAvgPool", &[3]),
        ("[3, 17] -> GlobalAvgPool", &[3]),
        ("[3, 17] -> Mean", &[17]),
        ("[3, 17] -> Last", &[17]),
        ("[3, 17] -> Transpose", &[17, 3]),
        ("[4] -> Residual { Dense<4, 9> -> Relu -> Dense<9, 4> } * 2", &[4]),
    ];
    for (source, expected) in cases {
        let (input, stack) = source.split_once(" -> ").unwrap_or((source, "Relu"));
        let model = model(&format!("struct Net: {input} {{ {stack} }}"));
        assert_eq!(model.networks[0].output.as_deref(), Some(*expected), "{source}");
    }
}

#[test]
fn the_caret_is_under_the_token_to_edit() {
    let cases = [
        (
            "Dense<2, 8> -> Tanh -> Dense<4, 1>",
            "4",
            "`Dense<4, 1>` takes 4 inputs, but `Dense<2, 8>` before it gives 8; write `Dense<8, 1>`",
        ),
        ("Dense<2, 4 - 5>", "4 - 5", "`4 - 5` is negative: 4 - 5"),
        ("Dense<2, 8> -> Rellu", "Rellu", "no layer or struct `Rellu`; did you mean `Relu`?"),
    ];
    for (source, place, message) in cases {
        assert_eq!(errors(source), [(place.to_owned(), message.to_owned())], "{source}");
    }
}

#[test]
fn one_cause_gives_one_error() {
    let cases = [
        ("Dense<2, 3> -> Dense<4, 5> -> Dense<5, 6>", 1),
        ("Dense<2, 3> -> Dense<4, 5> -> Dense<6, 7>", 2),
        ("Dense<2, 3> -> Conv2d<1, 2, 3> -> Flatten -> Dense<99, 6> -> Dense<6, 7>", 1),
        ("Dense<2, N> -> Relu -> Dense<4, 5> -> Dense<5, 6>", 1),
        ("Dense<2> -> Dense<4, 5>", 1),
        ("Dense -> Dense<4, 5>", 1),
        ("Dense<2, 3> -> Foo<4> -> Dense<4, 5>", 1),
        ("Dense<2, 3> -> Foo -> Dense<3, 5>", 1),
        ("struct A { B -> Dense<4, 1> } struct B: [4] { A } struct C { B -> Relu }", 1),
        ("struct A: [0] { Dense<4, 1> } struct B { A -> Dense<1, 2> }", 1),
        ("struct A { Flatten -> Dense<4, 1> } struct B { A -> Dense<1, 2> }", 1),
        ("const A: usize = B; const B: usize = A; Dense<A, B> -> Dense<1, 2>", 1),
        ("const A: usize = 1 / 0; Dense<A, A> -> Dense<1, 2>", 1),
        ("const A: usize = a::b; Dense<A, A> -> Dense<1, 2>", 1),
        ("struct A<const N: usize> { Dense<N, N> -> Dense<N, N> }", 1),
    ];
    for (source, expected) in cases {
        let errors = errors(source);
        assert_eq!(errors.len(), expected, "{source}: {errors:#?}");
    }
}

#[test]
fn invisible_delimiters_of_another_macro_are_seen_through() {
    let sum: TokenStream = "1 + 1".parse().expect("tokens");
    let sum = proc_macro2::Group::new(proc_macro2::Delimiter::None, sum);
    let input = quote::quote!((::loom) Dense<2 * #sum, 1> -> Dense<1, #sum>);
    assert!(!network_tokens(input).to_string().contains("compile_error"));
}

#[test]
fn deep_stacks_are_planned() {
    let chain = vec!["Dense<4, 4> -> Relu"; 200].join(" -> ");
    let repeated = "struct Net { Block * 100 } struct Block { Dense<4, 4> * 100 }";
    for source in [chain.as_str(), repeated] {
        assert!(!network_tokens(tokens(source)).to_string().contains("compile_error"));
    }
}

/// Every program that lacks a token, or has one too many, gives errors or code, and no panic.
#[test]
fn damaged_programs_do_not_panic() {
    let source = "const D: usize = 2 * (1 + 1); #[a] pub struct Net: [D, 4, 4] { c: Conv2d<4, 8, (3, 1), stride = 1, \
                  bias = true> -> Residual { Block } * 2 -> Flatten -> Dense<64, -1> -> Dropout<0.5> } \
                  struct Block: [8, 2, 4] { Relu }";
    let extra: Vec<TokenTree> =
        "-> , < > : = * 0 - x {} () [] 0.5".parse::<TokenStream>().expect("tokens").into_iter().collect();
    for damaged in damage(tokens(source), &extra) {
        network_tokens(damaged);
    }
}

/// The tokens without one of them, or with one of `extra` in front of one, at every place and depth.
fn damage(tokens: TokenStream, extra: &[TokenTree]) -> Vec<TokenStream> {
    let trees: Vec<TokenTree> = tokens.into_iter().collect();
    let mut results = Vec::new();
    for (i, tree) in trees.iter().enumerate() {
        // The first token is Loom's own.
        let replace =
            |with: &[TokenTree]| trees[..i].iter().chain(with).chain(&trees[i + 1..]).cloned().collect::<TokenStream>();
        if i > 0 {
            results.push(replace(&[]));
            results.extend(extra.iter().map(|extra| replace(&[extra.clone(), tree.clone()])));
        }
        if let TokenTree::Group(group) = tree {
            for inner in damage(group.stream(), extra) {
                let damaged = proc_macro2::Group::new(group.delimiter(), inner);
                results.push(replace(&[TokenTree::Group(damaged)]));
            }
        }
    }
    results
}
