use loom::network;

network! {
    struct Model: [16] {
        Embedding<256, 128> -> Dense<128, 128> -> Dense<128, 256, bias = false, tied = tokens>
    }
}

fn main() {}
