// y[o, i] = the greatest of x[o, k, i] over k, or its number.
fn run(i: u32) {
    if i < call.batch * OUTPUT_LEN {
        let best = greatest_of(i);
        let first = INPUT * call.batch + i / INNER * LEN * INNER + i % INNER;
        var y = f32(best);
        if REDUCTION == MAX {
            y = activations[first + best * INNER];
        }
        activations[OUTPUT * call.batch + i] = y;
    }
}
