use loom::network;

network! {
    struct Net(a: [3], b: [3]) -> (sum, product) {
        let sum = Sum { a | b };
        let product = Product { a | b };
    }
    struct NetInput { Dense<3, 1> }
    struct NetOutput { Dense<3, 1> }
}

fn main() {}
