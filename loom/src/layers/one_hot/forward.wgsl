// y[t, c] = 1 where x[t] is c, else 0: x [batch STEPS], y [batch STEPS, VOCABULARY].
fn run(i: u32) {
    if i < call.batch * OUTPUT_LEN {
        let class_of = token(activations[INPUT * call.batch + i / VOCABULARY]);
        activations[OUTPUT * call.batch + i] = select(0.0f, 1.0f, class_of == i % VOCABULARY);
    }
}
