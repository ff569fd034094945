//! Networks with several inputs or outputs: what every check runs.

layer! {
    networks {
        TwoInputs(image: [3, 5, 7], age: [1]) {
            let seen = image -> Conv2d<3, 2, 3> -> Relu -> Flatten;
            Concat { seen | age } -> Dense<31, 3>
        }
        TwoOutputs: [17] -> (class, place) {
            let seen = Dense<17, 9> -> Tanh;
            let class = seen -> Dense<9, 3>;
            let place = Sum { seen | seen -> Dense<9, 9> } -> Reshape<3, 3>;
        }
        OneOfEach(only: [17]) -> (result) { let result = Dense<17, 3>; }
        InputsAreOutputs(a: [2, 3], b: [5], c: [1, 1, 17]) -> (b, c, sum) {
            let sum = Sum { a -> Flatten -> Dense<6, 17> | c -> Flatten | b -> Dense<5, 17> };
        }
    }
    tuned {}
    packed { TwoInputs TwoOutputs }
    pytorch {
        wide_and_deep {
            pub struct Net(wide: [7], deep: [5]) {
                let features = deep -> Dense<5, 8> -> Relu -> Dense<8, 4> -> Relu;
                Sum { wide -> Dense<7, 3> | features -> Dense<4, 3> }
            }
        }
        two_heads {
            pub struct Net(image: [2, 6, 6], size: [3]) -> (class, boxes) {
                let seen = image -> Conv2d<2, 3, 3, padding = 1> -> Relu -> MaxPool2d<2> -> Flatten;
                let all = Concat { seen | size } -> Dense<30, 8> -> Relu;
                let class = all -> Dense<8, 4>;
                let boxes = all -> Dense<8, 4> -> Sigmoid;
            }
        }
        actor_critic {
            pub struct Net: [4] -> (policy, value) {
                let seen = Dense<4, 8> -> Tanh;
                let policy = seen -> Dense<8, 3>;
                let value = seen -> Dense<8, 1>;
            }
        }
    }
}
