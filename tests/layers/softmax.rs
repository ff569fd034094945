//! `Softmax`: the networks that every check runs.

layer! {
    networks {
        SoftmaxVector: [257] { Softmax }
        SoftmaxRows: [17, 3, 17] { Softmax }
        SoftmaxOne: [3, 1] { Softmax }
    }
    tuned {
        SoftmaxRows
    }
    packed {}
    pytorch {
        softmax { pub struct Net: [11] { Softmax } }
        softmax_steps { pub struct Net: [3, 7] { Dense<7, 5> -> Softmax } }
    }
}
