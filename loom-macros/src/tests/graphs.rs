//! Networks with values, combinators and blocks: what is accepted, with its shapes, and what is one error.

use super::{assert_one_error, errors, model};
use crate::plan;

/// Each is accepted, and its last struct takes and gives these shapes by so many steps.
const ACCEPTED: &[(&str, &[usize], &[usize], usize)] = &[
    // An activation that others read the input of is a step of its own.
    ("block Skip { Relu -> Sum { | input } } struct N { Dense<4, 4> -> Skip -> Dense<4, 1> }", &[4], &[1], 4),
    ("struct Skip: [4] { Relu -> Sum { | input } } struct N { Dense<4, 4> -> Skip -> Dense<4, 1> }", &[4], &[1], 4),
    // Any arm may tell the input's shape.
    ("struct N { Concat { | Dense<2, 8> } -> Dense<10, 1> }", &[2], &[1], 3),
    ("struct N { Sum { | Dense<4, 4> } }", &[4], &[4], 2),
    ("struct N { Sum { | Sum { | Sum { | Dense<4, 4> } } } }", &[4], &[4], 4),
    ("struct N { Dense<4, 8> -> Concat { | input } -> Dense<12, 1> }", &[4], &[1], 3),
    ("struct N { Dense<4, 8> -> Sum { | input -> Dense<4, 8> } }", &[4], &[8], 3),
    ("struct N { Dense<4, 8> -> Sum { | input -> Tanh -> Dense<4, 8> } }", &[4], &[8], 4),
    ("struct N { let x = input; x -> Dense<4, 8> -> Concat { | x } }", &[4], &[12], 2),
    ("block Two<N> { Dense<N, N> -> Sum { | input } } struct N { Two<4> -> Dense<4, 1> }", &[4], &[1], 3),
    // A struct does not see the sizes of a block that uses it.
    (
        "const D: usize = 8; struct Unit: [D] { Tanh } block Wide<D> { Dense<D, D> -> Unit -> Dense<D, D> }
            struct N: [8] { Wide<8> }",
        &[8],
        &[8],
        2,
    ),
    // A stack that is a value computes something.
    ("struct N { let a = Dense<4, 4>; a -> Dense<4, 4> -> Residual { a } }", &[4], &[4], 3),
    // Names in lower case.
    ("struct stem: [4] { Relu } struct N { let a = Dense<4, 4>; Sum { a -> stem | a } }", &[4], &[4], 3),
    ("struct N: [4] { let a = Tanh; Sum { stem | a } } struct stem: [4] { Relu }", &[4], &[4], 1),
    // The stack that tells the input shape may stand behind others.
    ("struct N { let h = Sum { Relu | Dense<4, 4> }; let g = input -> Dense<4, 4>; h -> Sum { | g } }", &[4], &[4], 5),
    ("struct N { Concat { Relu | input -> Dense<4, 4> } }", &[4], &[8], 3),
    ("struct N { let h = Sum { Relu | Dense<4, 4> }; Sum { h | input -> Dense<4, 4> } }", &[4], &[4], 5),
    // Several inputs and outputs: a part of the input for each, and one step that joins the outputs.
    ("struct N(a: [2, 2], b: [3]) -> (c, b) { let c = a -> Flatten -> Dense<4, 1>; }", &[7], &[4], 4),
    ("struct N(only: [3]) -> (result) { let result = only -> Dense<3, 2>; }", &[3], &[2], 1),
];

#[test]
fn accepted() {
    for (text, input, output, steps) in ACCEPTED {
        let model = model(text);
        let networks = model.structs();
        let at = networks.len() - 1;
        let network = &networks[at];
        assert_eq!((network.input.as_deref(), network.output.as_deref()), (Some(*input), Some(*output)), "{text}");
        assert_eq!(plan::unroll(&model)[at].steps.len(), *steps, "{text}");
    }
}

#[test]
fn one_error() {
    let cases: &[(&str, &str, &str)] = &[
        ("struct N { Dense<4, 8> -> Sum { | input } }", "", "gives"),
        ("struct N { Dense<4, 8> -> Sum { | input -> Dense<5, 8> } }", "5", "takes 5 inputs"),
        ("struct N { Sum { | } -> Dense<4, 1> }", "N", "input shape"),
        ("struct N { let x = input; x }", "N", "input shape"),
        // Tokens are the network's input.
        (
            "struct Look: [4] { let t = Reshape<4>; t -> Embedding<10, 3> -> Flatten }
                struct N { Dense<2, 4> -> Look -> Dense<12, 1> }",
            "Look",
            "begins with an `Embedding`",
        ),
        (
            "struct Look: [4] { Dense<4, 4> -> Sum { | input -> Embedding<10, 1> -> Flatten } }
                struct N { Dense<2, 4> -> Look -> Dense<4, 1> }",
            "Look",
            "begins with an `Embedding`",
        ),
        ("struct N: [3] { Sum { Embedding<10, 1> -> Flatten | } * 2 }", "2", "copy 2"),
        // Parameters of one name.
        ("struct N { let a = Dense<4, 8>; a -> a: Dense<8, 1> }", "a", "has the name `a`"),
        // A block or struct with a layer's name, and layers of other spellings.
        ("block Conv2d<C> { Relu } struct N: [3, 8, 8] { Sum { Slice<0, 0, 2> | Conv2d<3> } }", "Conv2d", "one shape"),
        (
            "struct N { let a = Dense<4, 8>; a -> Concat(axis = 0) { | Relu } -> Dense<16, 1> }",
            "(axis = 0)",
            "`<` and `>`",
        ),
        ("struct N { let type = Dense<4, 8>; Dense<4, 8> }", "type", "expected identifier"),
        // The cure of a block is the one that helps; a wrong block is wrong once, a wrong use at each use.
        (
            "block Inner<N> { Dense<N, N> } block Outer<A> { Dense<A, 5> -> Inner<A> } struct N: [5] { Outer<3> }",
            "3",
            "write `Outer<5>`",
        ),
        (
            "block Inner<N> { Dense<N, N> } block Outer<A> { Dense<A, 5> -> Inner<A> } struct N: [8] { Outer<3> }",
            "Outer",
            "line 1",
        ),
        ("block A { B } block B { Rellu } struct N: [4] { A }", "Rellu", "did you mean `Relu`"),
    ];
    assert_one_error(cases);
    let twice = errors("block Inner<N> { Dense<N, N> } struct A: [8] { Inner<3> } struct B: [8] { Inner<3> }");
    assert_eq!(twice.len(), 2, "{twice:?}");
}

/// What would take for ever is refused at once.
#[test]
fn endless() {
    let doubled: String =
        (0..30).map(|i| format!("block L{i}<N> {{ L{0}<2 * N> -> L{0}<2 * N + 1> }} ", i + 1)).collect();
    let blocks = format!("{doubled} block L30<N> {{ Relu }} struct N: [4] {{ L0<1> }}");
    let shapes = (0..40).fold("Transpose".to_owned(), |inner, _| format!("Sum {{ Transpose | {inner} }} * 3"));
    let shapes = format!("struct N: [2, 3] {{ {shapes} }}");
    let values =
        "struct A: [4] { input } struct B: [4] { A * 10000 } struct C: [4] { B * 10000 } struct D: [4] { C * 10000 }";
    for text in [blocks.as_str(), &shapes, values] {
        let found = errors(text);
        assert!(!found.is_empty() && found.len() < 20, "{text}: {} errors", found.len());
    }
}
