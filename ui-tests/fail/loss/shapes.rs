use loom::network;

network! {
    loss Lengths(out: [3], target: [4]) { sum(square(out - target)) }
}

// A loss keeps to the outputs of its struct.
network! {
    struct Vae: [4] -> (mean, image) { let mean = Dense<4, 2>; let image = mean -> Dense<2, 4>; }
    loss Elbo(out: VaeOutput, image: [4]) { sum(square(out.image - image)) + sum(out.mean - image) }
}

fn main() {}
