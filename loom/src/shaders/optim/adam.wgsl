// g = (g + decay w) scale, m = m + gain1 (g - m), v = v + gain2 (g^2 - v), w = keep w - rate m / (sqrt(v) root_scale + epsilon).
//
// state0 is m, state1 is v. call.optimizer: rate, gain1, gain2, root_scale; epsilon, keep, decay, scale. Header: LEN: u32.
fn run(i: u32) {
    if i < LEN {
        let rate = call.optimizer[0].x;
        let gain1 = call.optimizer[0].y;
        let gain2 = call.optimizer[0].z;
        let root_scale = call.optimizer[0].w;
        let epsilon = call.optimizer[1].x;
        let keep = call.optimizer[1].y;
        let decay = call.optimizer[1].z;
        let w = weights[i];
        let scale = call.optimizer[1].w;
        // A bare product would be fused with what it is added to.
        let g = rounded(fma(decay, w, d_weights[i]) * scale);
        let m = flush(fma(gain1, g - state0[i], state0[i]));
        let v = mean_square(gain2, g, state1[i]);
        let root = fma(loom_sqrt(v), root_scale, epsilon);
        state0[i] = m;
        state1[i] = v;
        weights[i] = flush(fma(-rate, m * recip(root), w * keep));
    }
}
