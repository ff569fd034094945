// y[o, c, i] = x[o, indices[o, c, i], i]: x [batch, .., VOCABULARY, INNER], indices and y [batch, .., COUNT, INNER].
fn run(i: u32) {
    if i < call.batch * OUTPUT_LEN {
        let k = token(activations[operand(1u) * call.batch + i]);
        let place = (i / (COUNT * INNER) * VOCABULARY + k) * INNER + i % INNER;
        activations[OUTPUT * call.batch + i] = activations[operand(0u) * call.batch + place];
    }
}
