use loom::network;

network! {
    struct Python: [4] {
        let a, b = Split<2, 2>;
        Sum { a | b }
    }
    struct Brackets: [4] {
        let [a, b] = Split<2, 2>;
        Sum { a | b }
    }
    struct One: [4] {
        let (a) = Dense<4, 2>;
        a -> Dense<2, 1>
    }
    struct None: [4] {
        let () = Split<2, 2>;
        Relu
    }
    struct Nothing: [4] {
        let (a, b) = ;
        Sum { a | b }
    }
    struct Wild: [4] {
        let (a, _) = Split<2, 2>;
        a
    }
    struct Last: [4] {
        let (a, b) = Split<2, 2>;
    }
    struct End: [4] {
        let (a, b) = Split<2, 2>
        Sum { a | b }
    }
}

fn main() {}
