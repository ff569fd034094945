use loom::network;

fn main() {
    let _ = network![Flatten -> Dense<2, 1>];
}
