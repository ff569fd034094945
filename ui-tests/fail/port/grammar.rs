use loom::network;

network! {
    struct Bare(image [3]) { Dense<3, 1> }
    struct NoShape(image, age: [1]) { image -> Dense<3, 1> }
    struct Nothing() { Dense<3, 1> }
    struct OneOutput: [3] -> class { let class = Dense<3, 1>; }
    struct NoOutput: [3] -> () { Dense<3, 1> }
    struct Zero(a: [3, 0], b: [1]) { Concat { a -> Flatten | b } -> Dense<4, 1> }
}

fn main() {}
