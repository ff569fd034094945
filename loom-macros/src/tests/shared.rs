//! Elements that share parameters: whose they are, what their steps do to gradients, and what is one error.

use super::{assert_one_error, errors, model};
use crate::plan::{self, Layout};

/// Of the last struct: the names of its parameters, and for each step its name, its parameters, and where it leaves their gradients.
type Steps<'a> = &'a [(&'a str, &'a [usize], &'a [usize])];

#[test]
fn parameters() {
    let cases: &[(&str, &[&str], Steps<'_>)] = &[
        // A layer that is used three times: 16 values and 4, which begin at 0 and 16.
        (
            "struct N { a: Dense<4, 4> -> Relu -> a * 2 -> Dense<4, 1> }",
            &["a.weight", "a.bias", "4.weight", "4.bias"],
            &[("a", &[0, 1], &[28, 44]), ("a", &[0, 1], &[28, 44]), ("a", &[0, 1], &[]), ("4", &[2, 3], &[])],
        ),
        // A struct, on two parts of the input.
        (
            "struct Tower: [4] { Dense<4, 2> -> head: Dense<2, 2> }
                struct N: [8] {
                    let a = Slice<0, 0, 4> -> tower: Tower;
                    Concat { a | Slice<0, 4, 8> -> tower }
                }",
            &["a.tower.0.weight", "a.tower.0.bias", "a.tower.head.weight", "a.tower.head.bias"],
            &[
                ("a.0", &[], &[]),
                ("a.tower.0", &[0, 1], &[20, 28]),
                ("a.tower.head", &[2, 3], &[20, 24]),
                ("0.1.0", &[], &[]),
                ("a.tower.0", &[0, 1], &[]),
                ("a.tower.head", &[2, 3], &[]),
                ("0", &[], &[]),
            ],
        ),
        // A block on an image of another size.
        (
            "block Edge<C> { Conv2d<C, C, 3, padding = 1> -> Relu }
                struct N: [1, 4, 4] { edge: Edge<1> -> MaxPool2d<2> -> edge -> Flatten -> Dense<4, 1> }",
            &["edge.0.weight", "edge.0.bias", "4.weight", "4.bias"],
            &[("edge.0", &[0, 1], &[24, 36]), ("1", &[], &[]), ("edge.0", &[0, 1], &[]), ("4", &[2, 3], &[])],
        ),
        // A combinator, whose own name is in it.
        (
            "struct N { res: Residual { a: Dense<4, 4> -> a } -> res }",
            &["res.a.weight", "res.a.bias"],
            &[
                ("res.a", &[0, 1], &[20, 36]),
                ("res.a", &[0, 1], &[20, 36]),
                ("res", &[], &[]),
                ("res.a", &[0, 1], &[20, 36]),
                ("res.a", &[0, 1], &[]),
                ("res", &[], &[]),
            ],
        ),
        // Each copy of a repetition shares within itself.
        (
            "struct N { Sum { a: Dense<4, 4> | a -> Tanh } * 2 }",
            &["0.0.a.weight", "0.0.a.bias", "1.0.a.weight", "1.0.a.bias"],
            &[
                ("0.0.a", &[0, 1], &[40, 56]),
                ("0.0.a", &[0, 1], &[]),
                ("0", &[], &[]),
                ("1.0.a", &[2, 3], &[40, 56]),
                ("1.0.a", &[2, 3], &[]),
                ("1", &[], &[]),
            ],
        ),
        // Running means: each use leaves its batch's in a place of its own, in front of what is added.
        (
            "struct N: [2, 4, 4] { t: Residual { BatchNorm2d<2> -> Conv2d<2, 2, 1> -> last: BatchNorm2d<2> } -> t * 2 }",
            &[
                "t.0.weight",
                "t.0.bias",
                "t.0.running_mean",
                "t.0.running_var",
                "t.1.weight",
                "t.1.bias",
                "t.last.weight",
                "t.last.bias",
                "t.last.running_mean",
                "t.last.running_var",
            ],
            &[
                ("t.0", &[0, 1, 2, 3], &[72, 76, 40, 44]),
                ("t.1", &[4, 5], &[72, 76]),
                ("t.last", &[6, 7, 8, 9], &[72, 76, 48, 52]),
                ("t", &[], &[]),
                ("t.0", &[0, 1, 2, 3], &[72, 76, 56, 60]),
                ("t.1", &[4, 5], &[72, 76]),
                ("t.last", &[6, 7, 8, 9], &[72, 76, 64, 68]),
                ("t", &[], &[]),
                ("t.0", &[0, 1, 2, 3], &[]),
                ("t.1", &[4, 5], &[]),
                ("t.last", &[6, 7, 8, 9], &[]),
                ("t", &[], &[]),
            ],
        ),
        // Weights that are tied, without and with a bias; the second is used again.
        (
            "struct N: [3] {
                tokens: Embedding<6, 4> -> Dense<4, 6, bias = false, tied = tokens> -> Dense<6, 4>
                    -> head: Dense<4, 6, tied = tokens> -> Dense<6, 4> -> head
            }",
            &["tokens.weight", "2.weight", "2.bias", "head.bias", "4.weight", "4.bias"],
            &[
                ("tokens", &[0], &[88]),
                ("1", &[0], &[88]),
                ("2", &[1, 2], &[]),
                ("head", &[0, 3], &[88, 112]),
                ("4", &[4, 5], &[]),
                ("head", &[0, 3], &[]),
            ],
        ),
    ];
    for (text, params, steps) in cases {
        let model = model(text);
        let lists = plan::unroll(&model);
        let layout = Layout::of(lists.last().expect("there is a struct"), &[]);
        let plan = layout.plan("N");
        assert_eq!(plan.params.iter().map(|param| param.name).collect::<Vec<_>>(), *params, "{text}");
        let found: Vec<_> = plan.steps.iter().map(|step| (step.name, step.params, step.d_params)).collect();
        assert_eq!(found, *steps, "{text}");
    }
}

/// Masks are drawn anew at each use.
#[test]
fn streams() {
    let model = model("struct N { a: Residual { Dense<4, 4> -> Dropout<0.5> } -> a }");
    let lists = plan::unroll(&model);
    let dropouts: Vec<_> = lists[0].steps.iter().filter(|step| step.name == "a.1").map(|step| step.layer).collect();
    assert_eq!(dropouts.len(), 2);
    assert_ne!(dropouts[0], dropouts[1]);
}

#[test]
fn one_error() {
    let cases: &[(&str, &str, &str)] = &[
        (
            "struct N { a: Dense<4, 2> -> a }",
            "a",
            "which takes [4], but `Dense<4, 2>` before it gives 2; write `Dense<4, 4>`",
        ),
        ("struct N { a: Dense<4, 4> -> Dense<4, 8> -> a * 2 }", "a", "write `Dense<4, 4>` before it"),
        ("struct N { Dense<4, 8> -> a: Dense<8, 4> -> Dense<4, 8> -> a * 2 }", "2", "copy 2 of `a * 2`"),
        (
            "struct N: [3, 4] { a: LearnedPositions -> Transpose -> a -> Flatten }",
            "a",
            "takes [3, 4], but `Transpose` before it gives [4, 3]; write `LearnedPositions` for parameters of its own",
        ),
        (
            "struct Tower: [4] { Dense<4, 2> } struct N: [3, 4] { let a = Flatten -> Dense<12, 4> -> t: Tower; Concat { a | t } }",
            "t",
            "which takes [4], but the input shape of `N` is [3, 4]; insert `Flatten -> Dense<12, 4> ->` before it",
        ),
        ("struct N { a -> a: Dense<4, 4> }", "a", "comes later"),
        ("struct N { Dense<4, 4> -> Residual { a } -> a: Dense<4, 4> }", "a", "comes later"),
        ("struct M { a: Dense<4, 4> } struct N: [4] { M -> a }", "a", "is a layer of `M`"),
        ("block B { a: Dense<4, 4> } struct N: [4] { B -> a }", "a", "is a layer of `B`"),
        ("struct N { a: Dense<4, 4> * 2 -> a }", "a", "stands for several layers"),
        ("struct N { Sum { a: Dense<4, 4> | } * 2 -> a }", "a", "stands for several layers"),
        ("struct N { Sum { a: Dense<4, 4> | a: Dense<4, 4> } -> a }", "a", "two layers have the name"),
        ("struct N { a: Dense<4, 4> -> b: a }", "b", "leave out `b:`"),
        ("struct N { let a = Dense<4, 4>; a -> Residual { a: Dense<4, 4> } }", "a", "a value of this struct"),
        ("struct N { let b = a: Dense<4, 4>; let a = b -> Relu; a }", "a", "a layer of this struct"),
        ("struct N: [4] { a: Embedding<9, 4> -> Mean -> a -> Flatten }", "a", "takes token numbers"),
        // An error of the first use is not repeated.
        ("struct N { a: Dense<4, 4, bas = true> -> a }", "bas", "no option"),
        ("struct N { Dense<4, 3> -> a: Dense<4, 4> -> a -> a }", "4", "takes 4 inputs"),
        ("struct N { a: Dens<4, 4> -> a }", "Dens", "did you mean"),
        ("struct N: [4] { t: Residual { Dense<3, 4> } -> t }", "3", "takes 3 inputs"),
        // A stack that is walked twice leaves no name behind.
        ("struct N { Sum { a | a: Dense<4, 4> } }", "a", "comes later"),
        ("struct N { Sum { Relu -> Dense<4, 4, tied = b> | b: Dense<4, 4> } }", "b", "comes later"),
        (
            "struct N { Sum { Residual { b: Dense<4, 4> -> Relu } * 2 | Dense<4, 4> } -> b }",
            "b",
            "stands for several layers",
        ),
        (
            "struct N: [4] { t: Sum { Residual { b: Dense<4, 4> -> Relu } * 2 | Relu } -> t -> b }",
            "b",
            "stands for several layers",
        ),
        // Tied weights.
        ("struct N: [4] { Dense<4, 4, tied = u> * 3 }", "u", "no layer here has the name `u`"),
        ("struct N: [3] { t: Embedding<6, 4> -> Dense<5, 6, tied = t> }", "5", "takes 5 inputs"),
        (
            "struct N: [3] { t: Embedding<6, 4> -> Dense<4, 2> -> Dense<2, 6, tied = t> }",
            "t",
            "write `Dense<2, 4> -> Dense<4, 6, tied = t>`",
        ),
        ("struct N: [3] { t: Embedding<6, 4> -> Dense<4, 6, tied = u> }", "u", "no layer here has the name `u`"),
        ("struct N: [3] { t: Embedding<6, 4> -> Dense<4, 5, tied = t> }", "t", "write `Dense<4, 6, tied = t>`"),
        ("struct N: [3] { t: Embedding<6, 4> -> Dense<4, 6, tied = 3> }", "3", "is the name of a layer"),
        ("struct N: [4] { t: Relu -> Dense<4, 6, tied = t> }", "t", "`t: Relu` has no `weight` to share"),
        ("struct N: [4] { Dense<4, 6, tied = t> -> Dense<6, 4> -> t: Dense<4, 6> }", "t", "comes later"),
    ];
    assert_one_error(cases);
    // What has the name of a struct is that struct.
    let twice = "struct Tower { Dense<4, 2> } struct N { Tower: Tower -> Dense<2, 4> -> Tower }";
    assert_eq!(errors(twice), []);
}

/// What would take for ever is refused or accepted at once.
#[test]
fn endless() {
    let doubled: String = (0..30).map(|i| format!("block L{i}<N> {{ a: L{0}<N> -> a }} ", i + 1)).collect();
    let blocks = format!("{doubled} block L30<N> {{ Relu }} struct N: [4, 4] {{ t: L0<1> -> Reshape<2, 8> -> t }}");
    let shapes = (0..40)
        .fold("Transpose".to_owned(), |inner, i| format!("Sum {{ Transpose | a{i}: {inner} -> a{i} -> Transpose }}"));
    let found = (errors(&blocks).len(), errors(&format!("struct N: [2, 3] {{ {shapes} }}")).len());
    assert!(found.0 < 20 && found.1 < 20, "{found:?}");
}
