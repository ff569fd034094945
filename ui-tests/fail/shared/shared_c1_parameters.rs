use loom::network;

network! {
    struct Net: [10, 8] {
        let long = places: LearnedPositions;
        let short = long -> Conv1d<10, 5, 1> -> places;
        Concat { long | short }
    }
}

fn main() {}
