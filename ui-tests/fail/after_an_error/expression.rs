use loom::prelude::*;

fn main() {
    let net = network![Dense<2, 8> -> Dense<8, 0>];
    let output: [f32; 3] = net.forward(&[0.0, 1.0]);
    let deep = network![Desne<2, 8> -> Reshape<2, 2, 3>];
    let image: [[[f32; 3]; 2]; 2] = deep.forward(&[output[0]; 2]);
    assert_eq!(image[0][0].iter().sum::<f32>(), output[0]);
}
