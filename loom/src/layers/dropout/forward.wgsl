// y = SCALE x where the mask keeps the value, else 0: x and y [batch, LEN]. Beyond training, y = x.
fn value_at(i: u32) -> f32 {
    return activations[INPUT * call.batch + i];
}

fn put(i: u32, value: f32) {
    activations[OUTPUT * call.batch + i] = value;
}
