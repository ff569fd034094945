//! `Permute`: the networks that every check runs.

layer! {
    networks {
        PermuteMatrix: [3, 257] { Permute<1, 0> -> Dense<3, 3> }
        PermuteLast: [3, 17, 5] { Permute<0, 2, 1> -> Dense<17, 3> }
        PermuteHeads: [17, 3, 5] { Dense<5, 7> -> Permute<1, 0, 2> -> Tanh }
        PermuteChannelsLast: [3, 5, 7] { Permute<1, 2, 0> -> Dense<3, 3> -> Permute<2, 0, 1> }
        PermuteTurned: [3, 5, 7] { Dense<7, 7> -> Permute<2, 1, 0> }
        PermuteFour: [3, 5, 1, 7] { Permute<3, 2, 0, 1> -> Dense<5, 2> -> Permute<2, 0, 3, 1> }
        PermuteFive: [2, 3, 1, 5, 2] { Dense<2, 3> -> Permute<4, 0, 3, 2, 1> -> Silu }
        PermuteNothing: [3, 1, 5] { Dense<5, 3> -> Permute<1, 0, 2> -> Permute<0, 1, 2> }
    }
    tuned {
        PermuteMatrix
    }
    packed {}
    pytorch {
        permute { pub struct Net: [5, 3, 4] { Permute<2, 0, 1> -> Dense<3, 2> -> Permute<2, 1, 0> } }
        permute_four { pub struct Net: [3, 2, 5, 4] { Permute<3, 0, 2, 1> -> Dense<2, 3> -> Permute<1, 3, 0, 2> } }
    }
}
