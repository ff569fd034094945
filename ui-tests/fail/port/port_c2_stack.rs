use loom::network;

network! {
    struct Net: [3] -> (class, place) {
        let class = Dense<3, 2>;
        let place = Dense<3, 4>;
        Sum { class | place }
    }
}

fn main() {}
