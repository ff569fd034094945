loom::network! {
    const WIDTH: usize = 16;

    pub struct Digits: [1, 8, 8] {
        conv: Conv2d<1, 4, 3, padding = 1> -> LeakyRelu
            -> MaxPool2d<2>
            -> Flatten
            -> Dense<4 * 4 * 4, WIDTH, bias = false>
            -> Block * 2
            -> Dropout<0.25> -> head: Dense<WIDTH, 10> -> Softmax
    }

    struct Block: [WIDTH] { Residual { Dense<WIDTH, WIDTH> -> Gelu } }
}
