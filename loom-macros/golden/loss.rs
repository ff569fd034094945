loom::network! {
    /// Squared error of one sample, times its weight.
    pub loss Weighed(out: [4], class: Label<4>, weight: [1]) { weight * sum(square(out - class)) }
}
