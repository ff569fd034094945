//! `Transpose`: the networks that every check runs.

layer! {
    networks {
        TransposeWide: [3, 257] { Transpose }
        TransposeSquare: [17, 17] { Dense<17, 17> -> Transpose -> Tanh }
    }
    tuned {
        TransposeWide
    }
    packed {}
    pytorch {
        transpose { pub struct Net: [5, 3] { Transpose } }
    }
}
