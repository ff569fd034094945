// d_x[o, k, i] = d_y[o, i] at the first of the greatest values, else 0; 0 for the number of it.
fn run(i: u32) {
    if i < call.batch * INPUT_LEN {
        let output = i / (LEN * INNER) * INNER + i % INNER;
        var d = 0.0f;
        if REDUCTION == MAX && greatest_of(output) == i / INNER % LEN {
            d = gradients[D_OUTPUT * call.batch + output];
        }
        gradients[D_INPUT * call.batch + i] = d;
    }
}
