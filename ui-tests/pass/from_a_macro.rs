//! A network that another macro writes, and one inside a function.

#![deny(warnings)]

macro_rules! perceptron {
    ($name:ident, $inputs:expr, $outputs:literal) => {
        loom::network! { struct $name { Dense<$inputs, 8> -> Relu -> Dense<8, $outputs> } }
    };
}

perceptron!(Small, 1 + 1, 3);

fn main() {
    loom::network! { struct Local { Dense<3, 4> } }
    let hidden = Small::new(loom::Seed(0)).forward(&[0.0, 1.0]);
    let _: [f32; 4] = Local::new(loom::Seed(0)).forward(&hidden);
}
