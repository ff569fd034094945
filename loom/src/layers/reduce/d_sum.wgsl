// d_x[o, k, i] = d_y[o, i].
fn run(i: u32) {
    if i < call.batch * INPUT_LEN {
        let d = D_OUTPUT * call.batch + i / (LEN * INNER) * INNER + i % INNER;
        gradients[D_INPUT * call.batch + i] = gradients[d];
    }
}
