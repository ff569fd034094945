// Adds the gradients of an earlier batch, which are in `scratch`: d_w += earlier.
//
// Header: LEN: u32.
fn run(i: u32) {
    if i < LEN {
        d_weights[i] = flush(d_weights[i] + scratch[i]);
    }
}
