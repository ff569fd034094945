// g = (g + decay w) scale, v = v + gain (g^2 - v), b = momentum b + g / (sqrt(v) + epsilon), w = w - rate b.
//
// state0 is v, state1 is b. call.optimizer: rate, gain, epsilon, momentum; decay, scale. Header: LEN: u32.
fn run(i: u32) {
    if i < LEN {
        let rate = call.optimizer[0].x;
        let gain = call.optimizer[0].y;
        let epsilon = call.optimizer[0].z;
        let momentum = call.optimizer[0].w;
        let decay = call.optimizer[1].x;
        let w = weights[i];
        let scale = call.optimizer[1].y;
        // A bare product would be fused with what it is added to.
        let g = rounded(fma(decay, w, d_weights[i]) * scale);
        let v = mean_square(gain, g, state0[i]);
        let direction = g * recip(loom_sqrt(v) + epsilon);
        let b = flush(fma(momentum, state1[i], direction));
        state0[i] = v;
        state1[i] = b;
        weights[i] = flush(fma(-rate, b, w));
    }
}
