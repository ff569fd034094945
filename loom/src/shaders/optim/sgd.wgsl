// g = g + decay w, b = momentum b + g, w = w - rate b; Nesterov's form steps by g + momentum b instead of b.
//
// state0 is b. call.optimizer: rate, momentum, decay, nesterov (1 or 0). Header: LEN: u32.
fn run(i: u32) {
    if i < LEN {
        let rate = call.optimizer[0].x;
        let momentum = call.optimizer[0].y;
        let decay = call.optimizer[0].z;
        let nesterov = call.optimizer[0].w > 0.5f;
        let w = weights[i];
        let g = fma(decay, w, d_weights[i]);
        let b = flush(fma(momentum, state0[i], g));
        let direction = select(b, fma(momentum, b, g), nesterov);
        state0[i] = b;
        weights[i] = flush(fma(-rate, direction, w));
    }
}
