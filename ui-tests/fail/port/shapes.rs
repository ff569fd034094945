use loom::network;

network! {
    struct Net(image: [3, 8, 8], age: [1]) -> (class, boxes) {
        let seen = image -> Conv2d<1, 4, 3> -> GlobalAvgPool;
        let all = Concat { seen | age } -> Dense<4, 8>;
        let class = all -> Dense<9, 2>;
        let boxes = Sum { class | age };
    }
}

fn main() {}
