use loom::network;

network! {
    struct Net: [3, 9, 9] {
        let fine = Conv2d<3, 4, 3, padding = 1> -> Relu;
        let coarse = fine -> MaxPool2d<2> -> Conv2d<4, 8, 3, padding = 1>;
        Concat { fine | coarse } -> Conv2d<12, 1, 1>
    }
}

fn main() {}
