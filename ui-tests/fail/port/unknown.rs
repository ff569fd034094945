use loom::network;

network! {
    struct Output: [3] -> (clas, place) {
        let class = Dense<3, 2>;
        let place = class -> Dense<2, 4>;
    }
    struct Input(image: [1, 4, 4], age: [1]) { Concat { imag -> Flatten | age | image -> Flatten } -> Dense<33, 1> }
    struct Unread(image: [1, 4, 4], age: [1]) { image -> Flatten -> Dense<16, 1> }
}

fn main() {}
