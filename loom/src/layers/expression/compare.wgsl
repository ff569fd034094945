// Comparisons of flushed numbers, as 1 or 0. NaN compares as nothing.

fn truth(is: bool) -> f32 {
    return select(0.0f, 1.0f, is);
}

fn is_less(a: f32, b: f32) -> f32 {
    return truth(order_key(a) < order_key(b) && magnitude(b) <= INFINITY);
}

fn is_less_or_equal(a: f32, b: f32) -> f32 {
    return truth(order_key(a) <= order_key(b) && magnitude(b) <= INFINITY);
}

fn is_equal(a: f32, b: f32) -> f32 {
    return truth(bitcast<u32>(a) == bitcast<u32>(b) && magnitude(a) <= INFINITY);
}
