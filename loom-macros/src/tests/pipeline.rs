//! Shapes, sizes and errors from source text.

use proc_macro2::{TokenStream, TokenTree};

use super::{errors, model, tokens};
use crate::expand::Texts;
use crate::network_tokens;
use crate::plan::{self, Layout};

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
        ("[3, 9, 17] -> Permute<2, 0, 1>", &[17, 3, 9]),
        ("[3, 1, 9, 17] -> Permute<3, 1, 0, 2>", &[17, 1, 3, 9]),
        ("[3, 17] -> Pad<(1, 2)>", &[3, 20]),
        ("[3, 9, 17] -> Pad<3, (1, 2), reflect = true>", &[3, 15, 20]),
        ("[3, 9, 17] -> Slice<1, 2, 9> -> Slice<0, 0, 1>", &[1, 7, 17]),
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
        // What a layer cannot take tells nothing of what it gives, unless each cure leaves that as it is.
        ("struct A: [8] { SwiGlu<16> -> Dense<8, 1> }", 1),
        ("struct A: [8] { SwiGlu<16> -> Dense<16, 1> }", 1),
        ("struct A: [8, 24] { MultiHeadAttention<16, 4> -> Dense<24, 1> }", 1),
        ("struct A: [5, 3, 4] { Mean -> Dense<7, 1> -> Dense<1, 2> }", 1),
        ("struct A: [3, 8, 8] { LearnedPositions -> Conv2d<3, 8, 3> }", 1),
        ("struct A: [8, 12, 12] { BatchNorm1d<8> -> Conv2d<9, 8, 3> -> Flatten -> Dense<3, 2> }", 1),
        ("struct A: [12, 0] { Dense<16, 32> -> Last -> Dense<32, 1> }", 1),
        ("struct A: [2] { Block -> Dense<7, 1> -> Dense<1, 3> }", 1),
        ("struct A: [1, 28, 28] { Dense<784, 10> -> Conv2d<1, 8, 3> -> Flatten -> Dense<1, 2> }", 1),
        ("struct A: [1, 8, 8] { Conv2d<1, 8, 3> -> GlobalMaxPool -> Dense<8, 10> }", 1),
        ("struct A: [4] { Dense<4, 4> -> Reshape<3, 5> -> Conv1d<3, 4, 1> }", 1),
        ("Dense<8, 4> * 3 -> Dense<8, 1>", 1),
        ("Desne<2, 8> -> Dense<8, 1>", 1),
        ("Desne<2, 8> -> Dense<9, 1>", 2),
        ("const D: f32 = 0.5; Dense<D, 2> -> Dense<3, 1>", 1),
        // A wrong layer computes nevertheless, but a view of token numbers does not.
        ("struct A: [4] { Dense<5, 7> -> Embedding<9, 3> }", 2),
        ("struct A: [4] { Dense<5, 7> -> Flatten -> Embedding<9, 3> }", 2),
        ("struct A: [4] { Reshape<5> -> Reshape<6> -> Embedding<9, 3> }", 1),
    ];
    for (source, expected) in cases {
        let errors = errors(source);
        assert_eq!(errors.len(), expected, "{source}: {errors:#?}");
    }
}

/// A wrong program has one error, which tells the cure, and the program with that cure has none.
#[test]
fn cures_help() {
    let cases = [
        // Layers in the wrong place.
        ("N: [1, 9, 9]", "Flatten -> MaxPool2d<2>", "move it before the `Flatten`", "MaxPool2d<2> -> Flatten"),
        (
            "N: [1, 9, 9]",
            "Flatten -> Relu -> Conv2d<1, 2, 3>",
            "before the `Flatten`",
            "Conv2d<1, 2, 3> -> Flatten -> Relu",
        ),
        ("N: [3, 9]", "Flatten -> Gru<9, 4>", "move it before the `Flatten`", "Gru<9, 4> -> Flatten"),
        ("N: [2, 9, 9]", "Flatten -> GlobalAvgPool", "leave out the `Flatten`", "GlobalAvgPool"),
        ("N: [5, 3]", "Last -> Last", "leave it out", "Last"),
        ("N: [5, 3]", "Gru<3, 4> -> Last -> Mean", "leave it out", "Gru<3, 4> -> Last"),
        ("N: [9]", "Dense<9, 9> -> Embedding<65, 4>", "write `Dense<9, 4>`", "Dense<9, 9> -> Dense<9, 4>"),
        // Arguments.
        ("N: [9]", "Dropout<1>", "write `Dropout<0.5>`", "Dropout<0.5>"),
        ("N: [9]", "Dropout<0>", "write `0.0`", "Dropout<0.0>"),
        ("N: [9]", "Dropout<20>", "write `Dropout<0.2>`", "Dropout<0.2>"),
        ("N: [9]", "LeakyRelu<slope = -0.2>", "write `slope = 0.2`", "LeakyRelu<slope = 0.2>"),
        ("N: [9]", "LayerNorm<eps = 0>", "write `eps = 1e-5`", "LayerNorm<eps = 1e-5>"),
        ("N: [5, 10]", "MultiHeadAttention<16, 4>", "`MultiHeadAttention<10, 5>`", "MultiHeadAttention<10, 5>"),
        (
            "N: [5, 9]",
            "MultiHeadAttention<8, 4, rotary = true>",
            "insert `Dense<9, 8> ->`",
            "Dense<9, 8> -> MultiHeadAttention<8, 4, rotary = true>",
        ),
        ("N: [8, 9]", "MultiHeadAttention<9, 3, rotary = true>", "leave `rotary` out", "MultiHeadAttention<9, 3>"),
        ("N: [5, 3]", "Slice<0, 2, 2>", "write `Slice<0, 2, 3>`", "Slice<0, 2, 3>"),
        ("N: [5, 3]", "Slice<0, 4, 1>", "write `Slice<0, 1, 4>`", "Slice<0, 1, 4>"),
        ("N: [5, 3]", "Slice<2, 1, 4>", "write `Slice<0, 1, 4>`", "Slice<0, 1, 4>"),
        ("N: [5, 3]", "Slice<2, 4, 9>", "write `Slice<1, 0, 3>`", "Slice<1, 0, 3>"),
        ("N: [5, 3]", "Slice<0, 2, 9>", "write `Slice<0, 2, 5>`", "Slice<0, 2, 5>"),
        ("N: [5, 3]", "Slice<0, 8, 9>", "write `Slice<0, 4, 5>`", "Slice<0, 4, 5>"),
        ("N: [5, 3, 4]", "Permute<1, 0>", "write `Permute<1, 0, 2>`", "Permute<1, 0, 2>"),
        ("N: [5, 3]", "Permute<2, 1, 0>", "write `Permute<1, 0>`", "Permute<1, 0>"),
        ("N: [5, 3]", "Permute<1, 1>", "write `Permute<1, 0>`", "Permute<1, 0>"),
        ("N: [5, 3]", "Permute<2, 0>", "write `Permute<1, 0>`", "Permute<1, 0>"),
        (
            "N: [4]",
            "Dense<4, 6> -> Permute<1, 0>",
            "`Reshape<1, 6> ->`",
            "Dense<4, 6> -> Reshape<1, 6> -> Permute<1, 0>",
        ),
        ("N: [5, 3]", "Pad<(1, 2), value = 1>", "write `1.0`", "Pad<(1, 2), value = 1.0>"),
        ("N: [5, 3]", "Pad<1, value = 0.5, replicate = true>", "leave one out", "Pad<1, replicate = true>"),
        (
            "N: [5]",
            "Pad<2, (1, 3), reflect = true>",
            "write `Pad<(1, 3), reflect = true>`",
            "Pad<(1, 3), reflect = true>",
        ),
        (
            "N: [5, 3]",
            "Pad<(4, 5), 1, reflect = true>",
            "write `Pad<4, 1, reflect = true>`",
            "Pad<4, 1, reflect = true>",
        ),
        // Shapes whose numbers are known.
        (
            "N: [10]",
            "Dense<10, 30> -> Conv2d<3, 8, 3>",
            "`Dense<10, 27> -> Reshape<3, 3, 3>`",
            "Dense<10, 27> -> Reshape<3, 3, 3> -> Conv2d<3, 8, 3>",
        ),
        ("N: [3, 8]", "BatchNorm2d<3>", "`Reshape<3, 1, 8> ->`", "Reshape<3, 1, 8> -> BatchNorm2d<3>"),
        ("N: [96]", "Conv2d<2, 8, 5>", "`Reshape<2, 6, 8> ->`", "Reshape<2, 6, 8> -> Conv2d<2, 8, 5>"),
        ("N: [2, 5]", "Conv2d<3, 8, 3>", "`struct N: [3, 3, 3]`", ""),
        (
            "N: [4, 8]",
            "MaxPool2d<2>",
            "`Reshape<4, 1, 8> -> MaxPool2d<(1, 2)>`",
            "Reshape<4, 1, 8> -> MaxPool2d<(1, 2)>",
        ),
        ("N: [4, 8]", "MaxPool2d<2>", "`Reshape<1, 4, 8> -> MaxPool2d<2>`", "Reshape<1, 4, 8> -> MaxPool2d<2>"),
        (
            "N: [4, 8]",
            "MaxPool1d<2> -> Dense<4, 1>",
            "write `Reshape<4, 1, 8> -> MaxPool2d<(1, 2)> -> Reshape<4, 4>`",
            "Reshape<4, 1, 8> -> MaxPool2d<(1, 2)> -> Reshape<4, 4> -> Dense<4, 1>",
        ),
        (
            "N: [4, 9]",
            "AvgPool1d<3, stride = 2, padding = 1>",
            "`Reshape<4, 1, 9> -> AvgPool2d<(1, 3), stride = (1, 2), padding = (0, 1)> -> Reshape<4, 5>`",
            "Reshape<4, 1, 9> -> AvgPool2d<(1, 3), stride = (1, 2), padding = (0, 1)> -> Reshape<4, 5> -> Dense<5, 1>",
        ),
        (
            "N: [6]",
            "BatchNorm1d<6>",
            "`Reshape<6, 1, 1> -> BatchNorm2d<6> -> Reshape<6>`",
            "Reshape<6, 1, 1> -> BatchNorm2d<6> -> Reshape<6>",
        ),
        (
            "N: [4]",
            "Dense<4, 30> -> Conv1d<4, 8, 3>",
            "`Dense<4, 28> -> Reshape<4, 7>`",
            "Dense<4, 28> -> Reshape<4, 7> -> Conv1d<4, 8, 3>",
        ),
        ("N: [4]", "Dense<4, 30> -> Mean", "leave it out", "Dense<4, 30>"),
        (
            "N: [2, 3, 5]",
            "MultiHeadAttention<4, 2>",
            "`Reshape<6, 5> -> Dense<5, 4> ->`",
            "Reshape<6, 5> -> Dense<5, 4> -> MultiHeadAttention<4, 2>",
        ),
        ("N: [3, 5]", "Reshape<4, 4>", "write `Reshape<5, 3>`", "Reshape<5, 3>"),
        (
            "N: [4]",
            "Dense<4, 785> -> Reshape<1, 28, 28>",
            "`Dense<4, 784>` before it",
            "Dense<4, 784> -> Reshape<1, 28, 28>",
        ),
        (
            "N: [4]",
            "Dense<4, 785> -> Reshape<1, 28, 28>",
            "`Reshape<157, 5, 1>`",
            "Dense<4, 785> -> Reshape<157, 5, 1>",
        ),
        (
            "N: [8, 9, 9]",
            "Residual { Conv2d<8, 8, 3> }",
            "write `Conv2d<8, 8, 3, padding = 1>`",
            "Residual { Conv2d<8, 8, 3, padding = 1> }",
        ),
        (
            "N: [3, 4]",
            "Residual { Conv1d<3, 5, 1> }",
            "`Flatten -> Dense<20, 12> -> Reshape<3, 4>`",
            "Residual { Conv1d<3, 5, 1> -> Flatten -> Dense<20, 12> -> Reshape<3, 4> }",
        ),
        // Arms that do not fit, and values.
        (
            "N: [3, 32, 32]",
            "Residual { Conv2d<3, 8, 3, stride = 2, padding = 1> | Conv2d<3, 8, 1, stride = 1> }",
            "write `Conv2d<3, 8, 1, stride = 2>`",
            "Residual { Conv2d<3, 8, 3, stride = 2, padding = 1> | Conv2d<3, 8, 1, stride = 2> }",
        ),
        (
            "N: [8, 32, 32]",
            "Residual { Conv2d<8, 8, 3, stride = 2, padding = 1> -> Relu }",
            "write `Conv2d<8, 8, 3, stride = 1, padding = 1>`",
            "Residual { Conv2d<8, 8, 3, stride = 1, padding = 1> -> Relu }",
        ),
        (
            "N: [8, 32, 32]",
            "Residual { Conv2d<8, 16, 3, stride = 2, padding = 1> -> Relu }",
            "the shortcut `| Conv2d<8, 16, 1, stride = 2>`",
            "Residual { Conv2d<8, 16, 3, stride = 2, padding = 1> -> Relu | Conv2d<8, 16, 1, stride = 2> }",
        ),
        (
            "N: [4, 9, 9]",
            "Concat { Conv2d<4, 4, 1> | Conv2d<4, 4, 5, padding = 1> }",
            "write `Conv2d<4, 4, 5, padding = 2>`",
            "Concat { Conv2d<4, 4, 1> | Conv2d<4, 4, 5, padding = 2> }",
        ),
        (
            "N: [4, 9, 9]",
            "Concat { Conv2d<4, 4, 1> | MaxPool2d<3> }",
            "write `MaxPool2d<3, stride = 1, padding = 1>`",
            "Concat { Conv2d<4, 4, 1> | MaxPool2d<3, stride = 1, padding = 1> }",
        ),
        (
            "N: [4, 9, 9]",
            "Concat { Conv2d<4, 6, (3, 5), dilation = 2> | }",
            "dilation = 2, padding = (2, 4)>`",
            "Concat { Conv2d<4, 6, (3, 5), dilation = 2, padding = (2, 4)> | }",
        ),
        (
            "N: [8, 9, 9]",
            "Product { GlobalAvgPool -> Dense<8, 8> | Conv2d<8, 8, 1> }",
            "`Flatten -> Dense<648, 8>`",
            "Product { GlobalAvgPool -> Dense<8, 8> | Conv2d<8, 8, 1> -> Flatten -> Dense<648, 8> }",
        ),
        (
            "N: [5, 8]",
            "Residual { Dense<8, 8> -> Mean }",
            "`Dense<8, 40> -> Reshape<5, 8>`",
            "Residual { Dense<8, 8> -> Mean -> Dense<8, 40> -> Reshape<5, 8> }",
        ),
        (
            "N: [8]",
            "let a = b -> Tanh; let b = Relu; Sum { a | b }",
            "move `let b = ..;` before `let a = ..;`",
            "let b = Relu; let a = b -> Tanh; Sum { a | b }",
        ),
        (
            "N: [8]",
            "let a = Relu; let b = Tanh; Sum { a * 2 | b }",
            "`a * 2.0`",
            "let a = Relu; let b = Tanh; Sum { a * 2.0 | b }",
        ),
        ("N: [8]", "Sum { Relu, Tanh }", "write `|`", "Sum { Relu | Tanh }"),
        ("N: [8]", "Add { Relu | Tanh }", "did you mean `Sum`?", "Sum { Relu | Tanh }"),
        // Other spellings.
        ("N: [2]", "Dropout(0.5)", "write `Dropout<0.5>`", "Dropout<0.5>"),
        ("N: [2]", "Tanh()", "write `Tanh`", "Tanh"),
        ("N: [2]", "Dense[2, 8]", "write `Dense<2, 8>`", "Dense<2, 8>"),
        ("N: [2]", "Dense::<2, 8>", "write `Dense<2, 8>`", "Dense<2, 8>"),
        ("N: [2]", "nn.Linear(2, 8)", "write `Dense<2, 8>`", "Dense<2, 8>"),
        ("N: [2]", "loom::layers::Dense<2, 8>", "write `Dense<2, 8>`", "Dense<2, 8>"),
        (
            "N: [1, 9, 9]",
            "nn.Conv2d(1, 8, 3, padding=1)",
            "`Conv2d<1, 8, 3, padding = 1>`",
            "Conv2d<1, 8, 3, padding = 1>",
        ),
        ("N: [2]", "fc1 = Dense<2, 8>", "write `fc1: Dense`", "fc1: Dense<2, 8>"),
        ("N: [2]", "Dense<2, 8, bias: false>", "write `bias = false`", "Dense<2, 8, bias = false>"),
        ("N: [2]", "Dense<2 8>", "write one before this", "Dense<2, 8>"),
        ("N: [2]", "Dense<in = 2, out = 8>", "write `Dense<2, 8>`", "Dense<2, 8>"),
        (
            "N: [2]",
            "Dense<2, out_features = 8, bias = false>",
            "`Dense<2, 8, bias = false>`",
            "Dense<2, 8, bias = false>",
        ),
        ("N: [2]", "Dense<2, 8> --> Relu", "write `->`", "Dense<2, 8> -> Relu"),
        ("N: [2]", "Dense<2, 8> => Relu => Tanh", "write `->`", "Dense<2, 8> -> Relu -> Tanh"),
        ("N: [2]", "Dense<2, 8> | Relu", "write `->`", "Dense<2, 8> -> Relu"),
        ("N: [2]", "Dense<2, 8>, Relu, Dense<8, 1>", "write `->`", "Dense<2, 8> -> Relu -> Dense<8, 1>"),
        ("N: [2]", "Residual { Relu } + Dense<2, 8>", "write `->`", "Residual { Relu } -> Dense<2, 8>"),
        ("N: [1, 9, 9]", "Conv2d<1, 8, 3x3>", "written `(3, 3)`", "Conv2d<1, 8, (3, 3)>"),
        ("N[2]", "Dense<2, 8>", "write `struct N: [2]`", ""),
        ("N: [28x28]", "Dense<784, 8>", "write `28, 28`", ""),
    ];
    for (header, wrong, cure, right) in cases {
        let errors_of = |stack: &str| errors(&format!("struct {header} {{ {stack} }}"));
        let found = errors_of(wrong);
        assert!(found.len() == 1 && found[0].1.contains(cure), "{header} {{ {wrong} }}: {cure}: {found:#?}");
        assert!(right.is_empty() || errors_of(right).is_empty(), "{right}: {:#?}", errors_of(right));
    }
}

/// A cure's divisor is not looked for one number after another: the largest prime of 32 bits is a size too.
#[test]
fn cures_of_large_sizes_are_found_at_once() {
    let cases = [
        ("N: [1, 8]", "MultiHeadAttention<4294967291, 2>", "MultiHeadAttention<4294967291, 1>"),
        ("N: [1, 8]", "MultiHeadAttention<4294967291, 4294967291, rotary = true>", "leave `rotary` out"),
        ("N: [1, 4294967291]", "MultiHeadAttention<32768, 16384>", "write `MultiHeadAttention<4294967291, 1>`"),
        ("N: [8, 1, 1]", "GroupNorm<2, 4294967291>", "GroupNorm<1, 4294967291>"),
        ("N: [8, 1, 1]", "GroupNorm<2, 4294967295>", "GroupNorm<3, 4294967295>"),
        ("N: [4294967291, 1, 1]", "GroupNorm<2, 4>", "write `GroupNorm<1, 4294967291>`"),
        ("N: [4294967291]", "Reshape<2, 2, 2>", "write `Reshape<4294967291, 1, 1>`"),
        ("N: [4294967291]", "Conv2d<1, 2, 3>", "`Conv2d<1, 2, 3>` takes an image"),
    ];
    for (header, wrong, cure) in cases {
        let found = errors(&format!("struct {header} {{ {wrong} }}"));
        assert!(found.iter().any(|(_, message)| message.contains(cure)), "{header} {{ {wrong} }}: {cure}: {found:#?}");
    }
}

/// A near name of another function is no cure.
#[test]
fn suggestions_are_misspellings() {
    let others = [
        "Elu",
        "Celu",
        "Selu",
        "Glu",
        "LogSoftmax",
        "Softmin",
        "Softmax2d",
        "Relu6",
        "PRelu",
        "BatchNorm1d",
        "BatchNorm3d",
        "Conv3d",
        "MaxPool1d",
        "MaxPool3d",
        "Dropout2d",
        "InstanceNorm2d",
        "LstmCell",
        "EmbeddingBag",
        "Max",
        "Bilinear",
    ];
    for name in others {
        let errors = errors(&format!("Dense<2, 3> -> {name}"));
        assert!(errors.len() == 1 && !errors[0].1.contains("did you mean"), "{name}: {errors:?}");
    }
    let near = [
        ("ReLU", "`Relu`?"),
        ("relu", "`Relu`?"),
        ("Rellu", "`Relu`?"),
        ("Densse<3, 4>", "`Dense`?"),
        ("Linear<3, 4>", "`Dense`?"),
        ("Conv<3, 4>", "`Conv2d` or `Conv1d`?"),
        ("RMSNorm", "`RmsNorm`?"),
        ("Groupnorm", "`GroupNorm`?"),
        ("MultiheadAttention", "`MultiHeadAttention`?"),
        ("Blok", "`Block`?"),
    ];
    for (name, meant) in near {
        let errors = errors(&format!("struct A {{ Dense<2, 3> -> {name} }} struct Block: [3] {{ Relu }}"));
        assert!(errors.len() == 1 && errors[0].1.ends_with(&format!("did you mean {meant}")), "{name}: {errors:?}");
    }
}

/// What an error of README's first network looks like there is what the macro says.
#[test]
fn readme_shows_what_the_macro_says() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
    let readme = std::fs::read_to_string(path).expect("README.md is there");
    let network = readme.split("network! {").nth(1).and_then(|rest| rest.split("\n}\n").next()).expect("a network");
    let errors = errors(&network.replace("Dense<2304, 64>", "Dense<2048, 64>"));
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(readme.contains(&format!("\nerror: {}\n", errors[0].1)), "README does not show: {}", errors[0].1);
}

#[test]
fn what_nests_or_grows_without_end_is_an_error() {
    let nested =
        |open: &str, close: &str, depth: usize| format!("{}Dense<4, 4>{}", open.repeat(depth), close.repeat(depth));
    let sum = |terms: usize| format!("Dense<1, {}>", vec!["1"; terms].join(" + "));
    let chain = |structs: usize| {
        let links = (0..structs).map(|i| format!("struct N{i}: [4] {{ N{} }} ", i + 1));
        format!("{} struct N{structs}: [4] {{ Relu }}", String::from_iter(links))
    };
    let blocks = |blocks: usize| {
        let links = (0..blocks).map(|i| format!("block B{i} {{ B{} }} ", i + 1));
        format!("{} block B{blocks} {{ Relu }} struct N: [4] {{ B0 }}", String::from_iter(links))
    };
    // Each of the three in turn.
    let mixed = |links: usize| {
        let link = |i: usize| match i % 2 {
            0 => format!("struct N{i}: [4] {{ Residual {{ N{} }} }} ", i + 1),
            _ => format!("block N{i} {{ N{} }} ", i + 1),
        };
        format!("{} struct N{links}: [4] {{ Relu }}", String::from_iter((0..links).map(link)))
    };
    let consts = |consts: usize| {
        let links = (0..consts).map(|i| format!("const C{i}: usize = C{}; ", i + 1));
        format!("{} const C{consts}: usize = 4; Dense<C0, 4>", String::from_iter(links))
    };
    let cases = [
        (nested("Residual { ", " }", 3000), nested("Residual { ", " }", 60), "more than 64 delimiters"),
        (format!("Dense<1, {}1{}>", "(".repeat(3000), ")".repeat(3000)), sum(3), "more than 64 delimiters"),
        (sum(20_000), sum(1000), "at most 1000 terms"),
        (sum(20_000).replace('+', "*"), sum(1000).replace('+', "*"), "at most 1000 terms"),
        (chain(3000), chain(64), "more than 64 deep"),
        (blocks(3000), blocks(63), "more than 64 deep"),
        (mixed(3000), mixed(42), "more than 64 deep"),
        (consts(3000), consts(100), "more than 128 constants"),
    ];
    for (wrong, right, limit) in cases {
        let found = errors(&wrong);
        assert!(found.iter().any(|(_, message)| message.contains(limit)), "{limit}: {found:?}");
        assert_eq!(errors(&right), [], "{right}");
    }
    // Twice as many at each step, of which none may be counted one by one.
    let doubled = (0..60).map(|i| format!("struct N{i}: [4] {{ N{0} -> N{0} }} ", i + 1));
    let found = errors(&format!("{} struct N60: [4] {{ Flatten }}", String::from_iter(doubled)));
    assert!(!found.is_empty() && found.iter().all(|(_, message)| message.contains("at most 10000")), "{found:?}");
    let nested = format!("{}Relu{}", "Residual { ".repeat(60), " } * 2".repeat(60));
    assert!(errors(&format!("struct N: [4] {{ {nested} }}"))[0].1.contains("at most 10000"));
    // Declared from the inside out, so that no struct waits for another.
    let mut reversed: Vec<_> = (0..100).map(|i| format!("struct N{i}: [4] {{ N{} }}", i + 1)).collect();
    reversed.push("struct N100: [4] { Relu }".to_owned());
    reversed.reverse();
    let found = errors(&reversed.join(" "));
    assert!(found.len() == 1 && found[0].1.contains("more than 64 deep"), "{found:?}");
}

/// The compiler is asked what holds; the call that it expands has no attribute left that asks.
#[test]
fn switched_off_items_are_left_to_the_compiler() {
    let source = "#[cfg(a)] const D: usize = 2; #[cfg(not(a))] const D: usize = 3; \
                  /// Text. \n #[cfg(b)] #[cfg_attr(a, derive(Clone), cfg(c))] pub struct N { Dense<D, 1> }";
    let calls = network_tokens(tokens(source)).to_string();
    let [on, off] = ["# [cfg (a)]", "# [cfg (not (a))]"].map(|attribute| {
        let (_, call) = calls.split_once(attribute).expect("a call for each answer");
        call.split_once('}').map_or(call, |_| call).to_owned()
    });
    assert!(on.contains("= 2 ;") && on.contains("# [derive (Clone)] # [cfg (c)] pub struct N"), "{on}");
    assert!(off.contains("= 3 ;") && !off.contains("= 2 ;") && !off.contains("derive"), "{off}");
    // What is left: a struct that is off, and nothing else, is no error.
    let rest: TokenStream = "[::loom] const D: usize = 3;".parse().expect("tokens");
    assert!(!network_tokens(rest).to_string().contains("compile_error"));
    let expression = network_tokens(tokens("#[cfg(a)] const D: usize = 2; Dense<2, 1>")).to_string();
    assert!(expression.starts_with("{ # [cfg (a)]"), "{expression}");
}

#[test]
fn invisible_delimiters_of_another_macro_are_seen_through() {
    let sum: TokenStream = "1 + 1".parse().expect("tokens");
    let sum = proc_macro2::Group::new(proc_macro2::Delimiter::None, sum);
    let input = quote::quote!((::loom) Dense<2 * #sum, 1> -> Dense<1, #sum>);
    assert!(!network_tokens(input).to_string().contains("compile_error"));
    let sum: TokenStream = "(1) + 1".parse().expect("tokens");
    let sum = proc_macro2::Group::new(proc_macro2::Delimiter::None, sum);
    let input = quote::quote!((::loom) Dense<2 * #sum, 1>);
    assert!(network_tokens(input).to_string().contains("One sample in: `[4]`"), "they bind as parentheses do");
    let pair: TokenStream = "(3, 5)".parse().expect("tokens");
    let pair = proc_macro2::Group::new(proc_macro2::Delimiter::None, pair);
    let input = quote::quote!((::loom) struct N: [1, 9, 9] { Conv2d<1, 2, #pair> });
    let expansion = network_tokens(input).to_string();
    assert!(!expansion.contains("compile_error"), "{expansion}");
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
    let source = "const D: usize = 2 * (1 + 1); #[a] pub struct r#fn: [D, 4, 4] { c: Conv2d<4, 8, (3, 1), stride = 1, \
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

/// What `Net::summary()` and `Net::dot()` give, for a chain and a graph.
#[test]
fn networks_are_shown_as_text() {
    let shown = |source: &str| {
        let model = model(source);
        let list = &plan::unroll(&model)[0];
        let layout = Layout::of(list, &[]);
        let Texts { summary, dot } = Texts::of(&layout.plan("Net"), list);
        [summary, dot]
    };
    let chain = shown(
        "const W: usize = 6; struct Net: [2, 4] { Dense<4, W> -> LeakyRelu<slope = 0.25> -> attend: MultiHeadAttention<W, 2> -> Mean }",
    );
    let graph = shown(
        "struct Net: [1, 32, 32] {
            let a = Double<1, 4> -> MaxPool2d<2>;
            Concat { a | a -> BatchNorm2d<4> -> Relu } -> GlobalAvgPool -> Dense<8, 1200>
        }
        block Double<IN, OUT> { Conv2d<IN, OUT, (3, 3), padding = {IN * 1}, bias = false> -> Relu -> Conv2d<OUT, OUT, 3, padding = 1> }",
    );
    let expected = [
        r#"Net: [2, 4] -> [6]

step              layer                                   output  parameters  multiply-adds
0                 Dense<4, 6> -> LeakyRelu<slope = 0.25>  [2, 6]          30             48
attend.in_proj    Dense                                   [36]           126            216
attend.attention  Attention                               [12]                           48
attend.out_proj   Dense                                   [2, 6]          42             72
3                 Mean                                    [6]
total                                                                    198            384

memory of a sample: 224 bytes in inference, 576 bytes in training
memory of the weights: 816 bytes
"#,
        r#"digraph "Net" {
  node [shape=box]
  0 [label=input]
  1 [label="0\nDense<4, 6> -> LeakyRelu<slope = 0.25>"]
  0 -> 1 [label="[2, 4]"]
  2 [label="attend.in_proj\nDense"]
  1 -> 2 [label="[2, 6]"]
  4 [label="attend.attention\nAttention"]
  2 -> 4 [label="[36]"]
  5 [label="attend.out_proj\nDense"]
  4 -> 5 [label="[12]"]
  6 [label="3\nMean"]
  5 -> 6 [label="[2, 6]"]
  output
  6 -> output [label="[6]"]
}
"#,
    ];
    assert_eq!(chain, expected);
    let expected = [
        r#"Net: [1, 32, 32] -> [1200]

step   layer                                                    output       parameters  multiply-adds
a.0.0  Conv2d<1, 4, (3, 3), padding = 1, bias = false> -> Relu  [4, 32, 32]          36         36,864
a.0.2  Conv2d<4, 4, 3, padding = 1>                             [4, 32, 32]         148        147,456
a.1    MaxPool2d<2>                                             [4, 16, 16]
0.1.0  BatchNorm2d<4>                                           [4, 16, 16]           8
0.1.1  Relu                                                     [4, 16, 16]
0      Concat                                                   [8, 16, 16]
1      GlobalAvgPool                                            [8]
2      Dense<8, 1200>                                           [1200]           10,800          9,600
total                                                                            10,992        193,920

memory of a sample: 32,768 bytes in inference, 86,112 bytes in training
memory of the weights: 44,000 bytes
"#,
        r#"digraph "Net" {
  node [shape=box]
  0 [label=input]
  1 [label="a.0.0\nConv2d<1, 4, (3, 3), padding = 1, bias = false> -> Relu"]
  0 -> 1 [label="[1, 32, 32]"]
  2 [label="a.0.2\nConv2d<4, 4, 3, padding = 1>"]
  1 -> 2 [label="[4, 32, 32]"]
  3 [label="a.1\nMaxPool2d<2>"]
  2 -> 3 [label="[4, 32, 32]"]
  5 [label="0.1.0\nBatchNorm2d<4>"]
  3 -> 5 [label="[4, 16, 16]"]
  6 [label="0.1.1\nRelu"]
  5 -> 6 [label="[4, 16, 16]"]
  7 [label="0\nConcat"]
  3 -> 7 [label="[4, 16, 16]"]
  6 -> 7 [label="[4, 16, 16]"]
  8 [label="1\nGlobalAvgPool"]
  7 -> 8 [label="[8, 16, 16]"]
  9 [label="2\nDense<8, 1200>"]
  8 -> 9 [label="[8]"]
  output
  9 -> output [label="[1200]"]
}
"#,
    ];
    assert_eq!(graph, expected);
}
