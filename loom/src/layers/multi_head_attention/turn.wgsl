// Queries and keys, of which step t turns each pair (2i, 2i + 1) by the angle whose sine and cosine are in the table
// [STEPS, WIDTH] in row t. An item is a pair.
fn run(i: u32) {
    if i >= call.batch * STEPS * FEATURES {
        return;
    }
    let step = i / FEATURES;
    let column = i % FEATURES * 2u;
    let x = INPUT * call.batch + step * 3u * FEATURES + column;
    let y = TURNED * call.batch + step * 2u * FEATURES + column;
    let angle = TABLE + step % STEPS * WIDTH + column % WIDTH;
    let pair = turn_pair(vec2<f32>(activations[x], activations[x + 1u]), parameter(angle), parameter(angle + 1u));
    activations[y] = pair.x;
    activations[y + 1u] = pair.y;
}
