//! `Slice`, and `Split`, which is several: the networks that every check runs.

layer! {
    networks {
        SliceOfColumns: [3, 257] { Slice<1, 17, 256> }
        SliceOfRows: [17, 3] { Dense<3, 17> -> Slice<0, 1, 4> -> Tanh }
        SliceOfOne: [257] { Dense<257, 17> -> Slice<0, 16, 17> -> Dense<1, 3> }
        SliceOfImage: [3, 5, 7] { Conv2d<3, 3, 1> -> Slice<1, 1, 4> -> Relu -> Slice<2, 0, 3> -> Slice<0, 0, 3> }
        SlicesOfAValue: [17] {
            let both = Dense<17, 6> -> Tanh;
            Product { both -> Slice<0, 0, 3> | both -> Slice<0, 3, 6> -> Sigmoid }
        }
        SplitOfChannels: [3, 5, 7] {
            let (value, gate) = Conv2d<3, 5, 3> -> Split<2, 3>;
            let (left, middle, right) = gate -> Tanh -> Split<1, 1, 3, axis = 2>;
            Concat { value -> Flatten | middle -> Flatten | right -> Flatten | left -> Flatten } -> Dense<75, 3>
        }
    }
    tuned {}
    packed {}
    pytorch {
        slice {
            pub struct Net: [5, 3] {
                let all = Dense<3, 7>;
                Product { all -> Slice<1, 0, 3> | all -> Slice<1, 2, 5> } -> Slice<0, 1, 4>
            }
        }
        slice_image { pub struct Net: [3, 5, 7] { Slice<2, 1, 6> -> Slice<0, 2, 3> -> Slice<1, 0, 4> -> Conv2d<1, 2, 2> } }
        split {
            pub struct Net: [3, 6, 5] {
                let (value, gate) = both: Conv2d<3, 5, 3> -> Split<2, 3>;
                let (top, middle, bottom) = gate -> Split<1, 2, 1, axis = 1>;
                let edges = Sum { top | bottom -> Sigmoid } -> Flatten;
                Concat { value -> Tanh -> Flatten | edges | middle -> Flatten } -> out: Dense<51, 4>
            }
        }
    }
}
