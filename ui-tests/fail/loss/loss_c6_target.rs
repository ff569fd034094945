use loom::network;

// Targets are tuples of at most eight.
network! {
    loss Parts(out: [1], a: [1], b: [1], c: [1], d: [1], e: [1], f: [1], g: [1], h: [1], i: [1]) {
        out + a + b + c + d + e + f + g + h + i
    }
}

fn main() {}
