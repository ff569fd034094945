use loom::network;

fn main() {
    let net = network![Dense<2, 8> -> Tanh Dense<8, 1>];
    let _: [f32; 1] = net.forward(&[0.0, 1.0]);
}
