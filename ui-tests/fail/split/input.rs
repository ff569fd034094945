use loom::network;

network! {
    struct Net {
        let (a, b) = Split<2, 3, axis = 1>;
        Concat { a | b }
    }
    struct Several(image: [4], age: [1]) {
        let (a, b) = Split<2, 2>;
        Concat { a | b | image | age }
    }
}

fn main() {}
