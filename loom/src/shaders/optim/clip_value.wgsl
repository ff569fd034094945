// g held within BOUND, in place.
//
// Header: LEN: u32; BOUND: f32, above 0 and not subnormal.
fn run(i: u32) {
    if i < LEN {
        let g = d_weights[i];
        d_weights[i] = flush(within(g, BOUND));
    }
}
