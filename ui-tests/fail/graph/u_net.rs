use loom::network;

network! {
    struct Odd: [3, 9, 9] {
        let fine = Conv2d<3, 4, 3, padding = 1> -> Relu;
        let coarse = fine -> MaxPool2d<2> -> Conv2d<4, 8, 3, padding = 1> -> Relu;
        Concat { fine | coarse -> Twice<8, 4> } -> Conv2d<12, 1, 1>
    }
    struct NotTwice: [3, 8, 8] {
        let fine = Conv2d<3, 4, 3, padding = 1> -> Relu;
        let coarse = fine -> MaxPool2d<2> -> Conv2d<4, 8, 3, padding = 1> -> Relu;
        Concat { fine | coarse } -> Conv2d<12, 1, 1>
    }
    struct ForgotFine: [3, 8, 8] {
        let fine = Conv2d<3, 4, 3, padding = 1> -> Relu;
        let up = fine -> MaxPool2d<2> -> Conv2d<4, 8, 3, padding = 1> -> Relu -> Twice<8, 4>;
        Concat { fine | up } -> Conv2d<8, 1, 1>
    }
    block Twice<C, SIDE> {
        Reshape<C * SIDE, SIDE, 1> -> Concat<axis = 2> { | }
            -> Reshape<C * SIDE, 1, 2 * SIDE> -> Concat<axis = 1> { | } -> Reshape<C, 2 * SIDE, 2 * SIDE>
    }
}

fn main() {}
