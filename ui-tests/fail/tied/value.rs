use loom::network;

network! {
    struct Model: [16] {
        tokens: Embedding<256, 128> -> Dense<128, 256, tied = 256>
    }
}

fn main() {}
