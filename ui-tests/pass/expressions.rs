//! Networks without a name, as values.

#![deny(warnings)]

fn main() {
    let xor = loom::network![Dense<2, 8> -> Tanh -> Dense<8, 1>];
    let wide = || {
        loom::network![
            const D: usize = 3;
            Dense<2, D> -> Residual { Dense<D, D> -> Relu } * 2 -> Dense<D, 1>
        ]
    };
    let outputs: [[f32; 1]; 2] = [xor.forward(&[0.0, 1.0]), wide().forward(&[0.0, 1.0])];
    assert_ne!(outputs[0], outputs[1]);
    assert_eq!(
        loom::network![Dense<4, 4, bias = false>]
            .forward_batch(&[])
            .len(),
        0
    );
}
