//! `Last` and `Mean`: the networks that every check runs.

layer! {
    networks {
        LastOfSteps: [17, 257] { Last }
        LastOfOne: [1, 3] { Dense<3, 17> -> Last }
        MeanOfSteps: [17, 257] { Mean }
        MeanOfMany: [257, 3] { Mean -> Dense<3, 1> }
    }
    tuned {
        MeanOfSteps
    }
    packed {}
    pytorch {
        last { pub struct Net: [5, 3] { Last } }
        mean { pub struct Net: [5, 3] { Mean } }
    }
}
