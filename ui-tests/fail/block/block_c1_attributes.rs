use loom::network;

network! {
    #[derive(Debug)]
    pub block Twice<IN> { Dense<IN, IN> -> Dense<IN, IN> }
    struct Net { Dense<4, 8> -> Twice<8> }
}

fn main() {}
