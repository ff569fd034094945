// o = P v, in each head: o [batch, STEPS, FEATURES].
fn run(i: u32) {
    if i >= call.batch * STEPS * FEATURES {
        return;
    }
    let column = i % FEATURES;
    let step = i / FEATURES % STEPS;
    let sample = i / (FEATURES * STEPS);
    let p = row_of((sample * HEADS + column / WIDTH) * STEPS + step);
    var sum = 0.0f;
    for (var j = 0u; j < seen_by(step); j++) {
        sum = fma(activations[p + j], projected(sample * STEPS + j, 2u * FEATURES + column), sum);
    }
    activations[OUTPUT * call.batch + i] = flush(sum);
}
