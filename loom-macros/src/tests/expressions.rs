//! Wrong expressions, functions and losses: one error each, at the token, with the cure.

use super::{assert_one_error, errors};

#[test]
fn one_error() {
    let cases: &[(&str, &str, &str)] = &[
        // Names.
        ("struct N: [4] { input * inptu }", "inptu", "no value `inptu`; did you mean `input`?"),
        (
            "struct N: [4] { let gate = Dense<4, 4>; input * sigmoid(gat) }",
            "gat",
            "no value `gat`; did you mean `gate`?",
        ),
        ("struct N: [4] { sofmax(input, axis = 0) }", "sofmax", "no function `sofmax`; did you mean `softmax`?"),
        ("struct N: [4] { relu6(input) }", "relu6", "no function `relu6`; did you mean `relu`?"),
        ("struct N: [4] { gelu(input) }", "gelu", "no function `gelu`; write `fn` for one of your own"),
        ("struct N: [4] { pow(input, 2.0) }", "pow", "no function `pow`; write `fn` for one of your own"),
        (
            "struct N: [4] { 1.0 + 2.0 }",
            "+",
            "this reads no value; an expression reads one that is there, such as `input`",
        ),
        // What Rust and other libraries have.
        (
            "struct N: [4] { input ** 2 }",
            "*",
            "there is no `**` here; write `square(x)`, or `exp(p * log(x))` for a power p of what is above 0",
        ),
        (
            "struct N: [4] { input ^ 2 }",
            "^",
            "there is no `^` here; write `square(x)`, or `exp(p * log(x))` for a power p of what is above 0",
        ),
        ("struct N: [4] { input % 2.0 }", "%", "there is no `%` here; the operators are `+ - * /` and comparisons"),
        ("struct N: [4] { exp(input).sum() }", ".", "there are no methods here; write `f(x)` for `x.f()`"),
        (
            "struct N: [4] { input[0] * 2.0 }",
            "[",
            "values have no indices in brackets; take parts by `gather`, or by `Slice` in a stack",
        ),
        (
            "struct N: [4] { (input + 1.0)[0] }",
            "[",
            "values have no indices in brackets; take parts by `gather`, or by `Slice` in a stack",
        ),
        (
            "struct N: [4] { if input > 0.0 { input } else { 0.0 } }",
            "if",
            "there are no branches here; write `select(c, a, b)`, which is a where c is not 0, else b",
        ),
        (
            "struct N: [4] { input > 0.0 && input < 1.0 }",
            "&",
            "there is no `&&` here; multiply the comparisons, as in `(x > 0.0) * (x < 1.0)`",
        ),
        (
            "struct N: [4] { !(input > 0.0) }",
            "!",
            "there is no `!` here; write `1.0 - c`, which is 1 where a comparison c is 0",
        ),
        ("struct N: [4] { 0.0 < input < 1.0 }", "<", "comparisons do not follow one another; put one in parentheses"),
        ("struct N: [4] { input + true }", "true", "a truth value is a number here: `1.0` or `0.0`"),
        ("struct N: [4] { input as f32 * 2.0 }", "as", "all values are `f32`; leave out `as` and the type"),
        (
            "struct N: [3, 4] { reshape(input, [12]) }",
            "[",
            "expected a value; sizes stand without brackets, as in `reshape(x, 4, 8)`",
        ),
        // Shapes, axes and arguments.
        ("struct N: [4] { (input + ) * 2.0 }", ")", "unexpected end of input, expected a value, a number or a call"),
        (
            "struct N: [4] { select(input > 0.0, input) }",
            "select",
            "`select` takes 3 values, but this call has 2; write `select(c, a, b)`",
        ),
        (
            "struct N(a: [4], b: [5]) { a + b }",
            "+",
            "`+` cannot broadcast [4] and [5] together; their last axes are 4 and 5: make both 4, or one of them 1",
        ),
        (
            "struct N(a: [8, 5, 5], b: [8]) { a * b }",
            "*",
            "`*` cannot broadcast [8, 5, 5] and [8] together; to go along the axis of 8, `reshape` the second to [8, 1, 1]",
        ),
        (
            "struct N: [3, 4] { sum(input, axis = 2) }",
            "2",
            "`sum` goes along axis 2, but the value is [3, 4], whose last axis is 1; write `axis = 1`",
        ),
        (
            "struct N: [3, 4] { sum(input, axis = -1) }",
            "-",
            "axes are counted from the front, from 0 on; of two axes the last is `axis = 1`",
        ),
        (
            "struct N: [3, 4] { sum(input, dim = 1) }",
            "dim",
            "`sum` has no such option; it takes `axis = 0` and `keep = true`",
        ),
        ("struct N: [3, 4] { sum(input, 1) }", "1", "`sum` takes 1 value; write an axis as `axis = 1`"),
        (
            "struct N: [3, 4] { sum(input, axis = (0, 1)) }",
            "(",
            "a function goes along one axis, `axis = 1`; for several, call it once for each",
        ),
        ("struct N: [3, 4] { mean(input, axis = 1, keep = 1) }", "keep", "`keep` is `keep = true` or `keep = false`"),
        (
            "struct N: [3, 4] { mean(input, axis = 1.5) }",
            "1.5",
            "a size is an integer literal, a `const` of this `network!`, or `+ - * / %` on these",
        ),
        ("struct N: [3, 4] { sum(axis = 0, input) }", "input", "arguments stand before the options"),
        ("struct N: [3, 4] { softmax(input, axis = 1, axis = 1) }", "axis", "`axis` is given twice"),
        (
            "struct N(a: [3, 4], b: [3, 4]) { matmul(a, b) }",
            "matmul",
            "`matmul` of [3, 4] and [3, 4] sums over axes of 4 and 3; make both 4, or `transpose` one of them",
        ),
        (
            "struct N: [4] { matmul(input, input) }",
            "matmul",
            "`matmul` takes values of two axes or more, but these are [4] and [4]; give a vector an axis of 1 by `reshape`",
        ),
        (
            "struct N: [4] { transpose(input) }",
            "transpose",
            "`transpose` takes a value of two axes or more, but this is [4]; for a row, write `reshape(x, 1, 4)`",
        ),
        (
            "struct N: [3, 4] { transpose(input, 0, 1) }",
            "0",
            "`transpose` takes 1 value, but this call has 3; write `transpose(x)`",
        ),
        ("struct N: [3, 4] { reshape(input, 5, 2) }", "reshape", "write sizes whose product is 12, such as `3, 4`"),
        ("struct N: [3, 4] { reshape(input, -1) }", "-", "a size is a whole number of 1 or more"),
        (
            "struct N(x: [5, 10], at: [5, 2]) { gather(x, at) }",
            "gather",
            "`gather` goes along one axis; write `axis = 1` behind the indices",
        ),
        (
            "struct N: [4] { one_hot(input) }",
            "one_hot",
            "`one_hot` takes 2 values, but this call has 1; write `one_hot(x, 10)`",
        ),
        ("struct N: [4] { one_hot(input, 2.5) }", "2.5", "a number of classes is a whole number from 1 to 16777216"),
        (
            "struct N: [4] { input + normal() }",
            "normal",
            "`normal` takes 1 value, but this call has 0; write `normal(x)`",
        ),
        (
            "struct N: [4] { clamp(input, 0.0) }",
            "clamp",
            "`clamp` takes 3 values, but this call has 2; write `clamp(x, low, high)`",
        ),
        (
            "struct N: [4] { min(input, 0.0, 1.0) }",
            "1.0",
            "`min` takes 2 values, but this call has 3; write `min(a, b)`",
        ),
        ("struct N: [4] { max() + input }", "max", "`max` takes 2 values, but this call has 0; write `max(a, b)`"),
        (
            "loss L(out: [4], t: [4]) { square(out - t) }",
            "square",
            "`L` is one number for each sample, but this is [4]; write `sum` or `mean` of it",
        ),
        // Types and constants.
        ("struct N: [4] { 2.0f64 * input }", "2.0f64", "numbers here are `f32`; leave out `f64`"),
        ("struct N: [4] { 2.0 / 0.0 * input }", "/", "this constant is inf, which is no `f32`"),
        // Layers among expressions, and functions among layers.
        ("struct N: [4] { input.exp() }", "exp", ", and begin a stack with `exp(y)`"),
        ("struct N: [3, 4] { reshape<12>(input) }", "(", "a function with sizes is called as `f::<4>(x)`"),
        (
            "struct N: [4] { input * Dense<4, 4> }",
            "Dense",
            "`Dense<..>` is a layer; give what it gives a name, `let y = Dense<..>;`, and compute with `y`",
        ),
        ("struct N: [4] { Dense<4, 4> * 2.0 }", "2.0", ", and begin a stack with `2.0 * y`"),
        (
            "struct N: [4] { sigmoid(Dense<4, 4>) }",
            "Dense",
            "`Dense<..>` is a layer; give what it gives a name, `let y = Dense<..>;`, and compute with `y`",
        ),
        (
            "struct N: [4] { sigmoid(input -> Dense<4, 4>) }",
            "-",
            "layers stand in a stack; give what it gives a name, `let y = .. -> ..;`, and compute with `y`",
        ),
        (
            "struct N: [4] { Dense<4, 4> -> sigmoid -> Dense<4, 1> }",
            "sigmoid",
            "no layer or struct `sigmoid`; did you mean `Sigmoid`?",
        ),
        (
            "struct N: [4] { Dense<4, 4> -> sigmoid(input) }",
            "sigmoid",
            "`sigmoid` is a function, which begins a stack; as a layer, write `Sigmoid`",
        ),
        (
            "struct N: [4] { Dense<4, 4> -> 2.0 * input }",
            "2.0",
            "an expression begins a stack; give what stands before it a name, `let y = ..;`, and begin with that",
        ),
        ("struct N: [4] { Dense<4, 4> -> exp }", "exp", ", and begin a stack with `exp(y)`"),
        (
            "struct N: [4] { Dense<4, 4> + input }",
            "+",
            "a sum is `Sum { .. | .. }`, or `Residual { .. }`, which adds its own input",
        ),
        // Functions of one's own.
        (
            "fn f(x) { f(x) * 0.5 } struct N: [4] { f }",
            "f",
            "`f` would call itself; a function is written out where it is called",
        ),
        (
            "fn f(x) { g(x) } fn g(x) { f(x) } struct N: [4] { f }",
            "f",
            "`f` cannot be used: in line 1, `g` would call itself; a function is written out where it is called",
        ),
        (
            "fn f(x, y) { x * y } struct N: [4] { f }",
            "f",
            "`f` takes 2 values, but a layer of a stack takes what flows in; begin the stack with `f(x, y)`",
        ),
        (
            "fn f(x, y) { x * y } struct N: [4] { f(input) }",
            "f",
            "`f` takes 2 values, but this call has 1; write `f(x, y)`",
        ),
        ("fn f(x) { x * z } struct N: [4] { f }", "z", "no value `z`; the values here are x"),
        (
            "fn f(x) { let y = x; let y = y * 2.0; } struct N: [4] { f }",
            "}",
            "unexpected end of input, the result of `f` is missing: an expression without a `;`",
        ),
        ("fn f(x) { let y = x * 2.0; x } struct N: [4] { f }", "y", "nothing reads `y`; leave it out"),
        ("fn f(x) { x * 2.0; } struct N: [4] { f }", ";", "the result stands last, without a `;`"),
        ("fn f(x) { return x * 2.0 } struct N: [4] { f }", "return", "the result stands last, without `return`"),
        (
            "fn f(x) { y = x * 2.0; y } struct N: [4] { f }",
            "=",
            "a value is declared by `let`, and does not change; write `let y = ..;`",
        ),
        ("fn f(x) { x -> Tanh } struct N: [4] { f }", "-", "layers stand in a struct; here, values are computed with"),
        ("fn f(x) { Tanh(x) } struct N: [4] { f }", "Tanh", "no function `Tanh`; did you mean `tanh`?"),
        (
            "fn f(x) -> f32 { x } struct N: [4] { f }",
            "->",
            "the shape of the result follows from the body; write `fn f(..) { .. }`",
        ),
        ("fn f(x, s: Param<[4]>) { x } struct N: [4] { f }", "s", "nothing reads `s`; leave it out"),
        (
            "fn f(x, s: Param<4>) { x * s } struct N: [4] { f }",
            "Param",
            "a learned tensor is written `s: Param<[64]>`; what a call gives has no type",
        ),
        (
            "fn f(x, s: Parm<[4]>) { x * s } struct N: [4] { f }",
            "Parm",
            "a learned tensor is written `s: Param<[64]>`; what a call gives has no type",
        ),
        (
            "fn f(x, s: Param<[C]>) { x * s } struct N: [4] { f }",
            "C",
            "a size is an integer literal, a `const` of this `network!`, or `+ - * / %` on these",
        ),
        (
            "fn f(x, s: Param<[5]>) { x * s } struct N: [4] { f }",
            "f",
            "their last axes are 4 and 5: make both 4, or one of them 1",
        ),
        (
            "fn f(x, s: Param<[4]> = x) { x * s } struct N: [4] { f }",
            "x",
            "`s` begins with a number, as in `s: Param<..> = 0.5`",
        ),
        ("fn f<C>(x, s: Param<[C]>) { x * s } struct N: [4] { f }", "f", "`f` has 0 sizes; write `f<C>`"),
        (
            "fn f<C>(x, s: Param<[C]>) { x * s } struct N: [4] { f(input) }",
            "f",
            "`f` takes 1 size; call it as `f::<C>(x)`",
        ),
        (
            "fn f<C>(x, s: Param<[C]>) { x * s } struct N: [4] { f::<5>(input) }",
            "f",
            "their last axes are 4 and 5: make both 4, or one of them 1",
        ),
        (
            "fn f(x, s: Param<[4]>) { x * s } struct N(a: [4], b: [4]) { f(a, b) }",
            "b",
            "`f` takes 1 value, but this call has 2; write `f(x)`",
        ),
        ("fn exp(x) { x } struct N: [4] { exp }", "exp", "`exp` is a function that is there already; write another"),
        ("fn f(x) { x } fn f(x) { x } struct N: [4] { f }", "f", "two functions have the name `f`"),
        (
            "fn f() { 1.0 } struct N: [4] { f }",
            "f",
            "`f` takes 0 values, but a layer of a stack takes what flows in; begin the stack with `f()`",
        ),
        (
            "fn f(x) { for i in 0..3 { x } } struct N: [4] { f }",
            "for",
            "there are no loops here; functions go along whole axes, as `sum(x, axis = 0)`",
        ),
        ("fn f(x) { let mut y = x; y } struct N: [4] { f }", "mut", "values do not change here; leave out `mut`"),
        (
            "fn f(x) { let y: f32 = x; y } struct N: [4] { f }",
            ":",
            "the shape of a value follows from the expression; write `let y = ..;`",
        ),
        (
            "fn f(x) { x += 1.0; x } struct N: [4] { f }",
            "=",
            "values do not change here; give the new one a name, `let y = ..;`",
        ),
        ("fn f(x) { max(x, axis = 0, 0.0) } struct N: [4] { f }", "0.0", "arguments stand before the options"),
        ("fn f(x) { mean(x, axis = 1) } struct N: [4] { f }", "f", "write `axis = 0`"),
        ("fn f(&x) { x } struct N: [4] { f }", "&", "expected the name of what the function takes, such as `x`"),
        // Gradients that are wanted.
        (
            "fn f(x, s: Param<[4]>) { select(x > s, x, 0.0) } struct N: [4] { f }",
            "f",
            "let the result depend on it in another way too, or `detach` it",
        ),
        (
            "loss L(out: [4], t: [4]) { mean(out == t) }",
            "mean",
            "write something smooth, such as `sum(square(out - target))`",
        ),
        (
            "loss L(out: [4], t: [4]) { mean(square(detach(out) - t)) }",
            "mean",
            "write something smooth, such as `sum(square(out - target))`",
        ),
    ];
    assert_one_error(cases);
    assert!(cases.len() >= 50);
}

/// What is meant by these is no error.
#[test]
fn accepted() {
    for text in [
        // A stack may begin with a comparison; `f<4>` is a layer.
        "struct N(a: [4], b: [4]) { a < b }",
        "struct N(a: [4], b: [4]) { let c = a <= b; c -> Dense<4, 1> }",
        "struct N(a: [4], b: [4]) { a == b -> Dense<4, 1> }",
        "struct N(a: [4], b: [4]) { Sum { a > b | a < b | b } }",
        "fn f<C>(x, w: Param<[C]>) { x * w } struct N: [4] { f<4> -> Dense<4, 1> }",
        // A learned tensor that `detach` keeps as it is.
        "fn f(x, centres: Param<[4]>) { x - detach(centres) } struct N: [4] { f }",
        "fn f(x, s: Param<[4]>) { s * (x > s) } struct N: [4] { f }",
    ] {
        assert_eq!(errors(text), [], "{text}");
    }
}
