// d_x = SCALE d_y where the mask, drawn again, keeps the value, else 0: d_x and d_y [batch, LEN].
fn value_at(i: u32) -> f32 {
    return gradients[D_OUTPUT * call.batch + i];
}

fn put(i: u32, value: f32) {
    gradients[D_INPUT * call.batch + i] = value;
}
