// A pair turned by an angle. A bare product would be fused into the sum that it meets.
fn turn_pair(pair: vec2<f32>, sin: f32, cos: f32) -> vec2<f32> {
    return vec2<f32>(
        flush(fma(pair.x, cos, -rounded(pair.y * sin))),
        flush(fma(pair.y, cos, rounded(pair.x * sin))),
    );
}
