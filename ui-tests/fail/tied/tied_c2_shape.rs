use loom::network;

network! {
    struct Model: [16] {
        tokens: Embedding<256, 128> -> Dense<128, 64> -> Dense<64, 256, bias = false, tied = tokens>
    }
}

fn main() {}
