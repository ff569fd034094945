macro_rules! perceptron {
    ($name:ident, $hidden:expr, $outputs:literal) => {
        loom::network! { struct $name { Dense<2, $hidden> -> Relu -> Dense<$outputs, 1> } }
    };
}

perceptron!(Zero, 4 - 4, 8);
perceptron!(Differ, 4 + 5, 8);
perceptron!(NoSize, "four", 2.5);

fn main() {}
