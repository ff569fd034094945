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
    // Parts of a value: a step for each.
    ("struct N { let (a, b) = Dense<4, 6> -> Relu -> Split<2, 4>; Concat { b | a | b } }", &[4], &[10], 4),
    (
        "struct N: [2, 6] { let (a, b) = Split<1, 5, axis = 1>; Concat<axis = 1> { b | input -> Tanh | a } }",
        &[2, 6],
        &[2, 12],
        4,
    ),
    (
        "struct N: [6] { let x = input; let (a, b, c) = x -> Split<1, 2, 3>; let (d, e) = c -> Split<1, 2>; Sum { b -> Dense<2, 1> | a | d | e -> Mean1 } } block Mean1 { Dense<2, 1> }",
        &[6],
        &[1],
        8,
    ),
    (
        "block Gated<C> { let (value, gate) = Dense<C, 2 * C> -> Split<C, C>; Product { value | gate -> Sigmoid } }
            struct N { Gated<4> * 2 -> Dense<4, 1> }",
        &[4],
        &[1],
        11,
    ),
    ("struct N(x: [4]) -> (a, b) { let (a, b) = x -> Split<1, 3>; }", &[4], &[4], 3),
    // Tokens stay tokens.
    (
        "struct N: [5] { let (t, u) = Split<2, 3>; Concat { t -> Embedding<9, 4> | u -> Embedding<9, 4> } }",
        &[5],
        &[5, 4],
        5,
    ),
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

/// Each `let` is wrong, and right with this in the place of its `Split`.
#[test]
fn cures_of_splits_help() {
    let cases = [
        ("[9]", "(a, b) = Split<3, 3>", "Split<3, 6>"),
        ("[9]", "(a, b) = Split<9, 3>", "Split<6, 3>"),
        ("[9]", "(a, b) = Split<9, 9>", "Split<5, 4>"),
        ("[9]", "(a, b, c) = Split<3>", "Split<3, 3, 3>"),
        ("[9]", "(a, b, c) = Split<9>", "Split<3, 3, 3>"),
        ("[9]", "(a, b, c, d) = Split<3, 2>", "Split<3, 2, 2, 2>"),
        ("[9]", "(a, b) = Split<3, 2, 2>", "Split<3, 6>"),
        ("[4, 9]", "(a, b) = Split<3, 6>", "Split<3, 6, axis = 1>"),
        ("[4, 9]", "(a, b) = Split<3, 3, axis = 1>", "Split<3, 6, axis = 1>"),
        ("[4, 9]", "(a, b) = Split<1, 3, axis = 2>", "Split<1, 3, axis = 0>"),
        ("[4, 9]", "(a, b) = Split<1, 7, axis = 2>", "Split<1, 8, axis = 1>"),
        ("[4, 9]", "(a, b) = Split<1, 6, 1, axis = 1>", "Split<1, 8, axis = 1>"),
        ("[9]", "(a, b) = Tanh", "Tanh -> Split<5, 4>"),
    ];
    for (shape, statement, cure) in cases {
        let wrong = format!("struct N: {shape} {{ let {statement}; Concat {{ a -> Flatten | b -> Flatten | REST }} }}");
        let rest = if statement.contains('c') { "c" } else { "a -> Flatten" };
        let rest = if statement.contains('d') { "c | d" } else { rest };
        let wrong = wrong.replace("REST", rest);
        let found = errors(&wrong);
        let named = cure.strip_prefix("Tanh -> ").unwrap_or(cure);
        assert_eq!(found.len(), 1, "{wrong}: {found:#?}");
        assert!(found[0].1.contains(&format!("{named}`")), "{wrong}: {found:?}");
        let (_, split) = statement.split_once(" = ").expect("a statement");
        assert_eq!(errors(&wrong.replace(split, cure)), [], "{wrong}");
    }
}

/// What a `Split` is made of: a value has a step for each of its parts, and parameters have the first name.
#[test]
fn parts() {
    let model = model(
        "struct N { let (q, r#k) = Dense<4, 6> -> Split<2, 4>; let (a, b) = qkv: Dense<4, 4> -> Tanh -> Split<1, 3>; Concat { q | k | a | b } }",
    );
    let lists = plan::unroll(&model);
    let steps: Vec<_> =
        lists[0].steps.iter().map(|step| (step.name.as_str(), step.source.text, step.operands[0].value)).collect();
    let expected = [
        ("q", "Dense<4, 6>", 0),
        ("q", "Slice<0, 0, 2>", 1),
        ("k", "Slice<0, 2, 6>", 1),
        ("a.qkv", "Dense<4, 4>", 0),
        ("a", "Slice<0, 0, 1>", 4),
        ("b", "Slice<0, 1, 4>", 4),
        ("0", "Concat", 2),
    ];
    assert_eq!(steps, expected);
    let params: Vec<_> = lists[0].params.iter().map(|param| param.name.as_str()).collect();
    assert_eq!(params, ["q.weight", "q.bias", "a.qkv.weight", "a.qkv.bias"]);
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
        // Statements as other languages have them.
        ("struct N: [4] { Sum { Tanh; Relu } }", ";", "stacks are separated by `|`, but this is `;`; write `|`"),
        ("struct N: [4] { x = Dense<4, 4>; x -> Dense<4, 1> }", "x", "write `let x = ..;`"),
        (
            "struct N: [4] { x = Dense<4, 8>; x = x -> Tanh; x = x -> Relu; x -> Dense<8, 1> }",
            "x",
            "write `let x = ..;`",
        ),
        (
            "struct N: [4] { let x = Dense<4, 8>; x = x -> Dense<8, 3>; x -> Dense<3, 1> }",
            "x",
            "write another name, as in `let x2 = ..;`",
        ),
        (
            "struct N: [4] { let a = Tanh; let x = a -> Relu; x = Sum { x | a }; x -> Dense<4, 1> }",
            "x",
            "values do not change",
        ),
        // Parameters of one name.
        ("struct N { let a = Dense<4, 8>; a -> a: Dense<8, 1> }", "a", "has the name `a`"),
        // A block or struct with a layer's name, and layers of other spellings.
        ("block Conv2d<C> { Relu } struct N: [3, 8, 8] { Sum { Slice<0, 0, 2> | Conv2d<3> } }", "Conv2d", "one shape"),
        (
            "struct N { let a = Dense<4, 8>; a -> Concat(axis = 0) { | Relu } -> Dense<16, 1> }",
            "(axis = 0)",
            "`<` and `>`",
        ),
        (
            "struct N { let type = Dense<4, 8>; Dense<4, 8> }",
            "type",
            "`type` is a keyword of Rust; as a name it is `r#type`",
        ),
        // Parts of values.
        (
            "struct N { let (a, b) = Dense<4, 6> -> Split<2, 4>; Sum { a -> b: Dense<2, 4> | b } }",
            "b",
            "a value of this struct",
        ),
        ("struct N { let (a, b) = b: Dense<4, 6> -> Split<2, 4>; Concat { a | b } }", "b", "a layer of this struct"),
        ("struct N: [6] { let (a, b) = a -> Split<2, 4>; Concat { a | b } }", "a", "would be made of itself"),
        ("struct N { let (a, b) = Dens<4, 6> -> Split<2, 4>; Concat { a | b } }", "Dens", "did you mean `Dense`"),
        ("struct N { let (a, b) = Dense<4, 6> -> Chunk<2>; Concat { a | b } }", "Chunk", "did you mean `Split`"),
        ("struct N { let (a, b) = Dense<4, 6> -> Split { 2 | 4 }; Concat { a | b } }", "{", "take layers in braces"),
        ("struct N { Dense<4, 6> -> Concat { Split<2, 4> | } }", "Split", "let (a, b) ="),
        (
            "block B<C> { let (a, b) = Split<C, C, C>; Sum { a | b } } struct N: [9] { B<3> }",
            "b",
            "a name for each part",
        ),
        (
            "block B<C> { let (a, b, c) = Split<C, C>; Sum { a | b | c } } struct N: [9] { B<3> }",
            "Split",
            "a size for each name",
        ),
        ("block B<C> { let (a, b) = Split<C, C>; Sum { a | b } } struct N: [9] { B<3> }", "B", "write `Split<C, 6>`"),
        ("struct N { let (a, b) = input -> Dense<4, 6> -> Split<0, 6>; Concat { a | b } }", "0", "at least 1"),
        ("struct N { let (a, b) = Split<2, 2>; Concat { a | b } }", "N", "write `struct N: [4]"),
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

/// After other errors, what nothing reads is told without a panic.
#[test]
fn unread_parts_of_a_wrong_struct() {
    let found = errors("block B { let x = Relu; let (x, y) = x -> Split<1, 1>; x } struct N: [2] { B }");
    assert!(!found.is_empty());
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
