const MAX: u32 = 1u;

// The number of the first of the greatest of x[o, k, i] over k, for number i of the output's values.
fn greatest_of(i: u32) -> u32 {
    let first = INPUT * call.batch + i / INNER * LEN * INNER + i % INNER;
    var best = 0u;
    var key = order_key(activations[first]);
    for (var k = 1u; k < LEN; k++) {
        let other = order_key(activations[first + k * INNER]);
        best = select(best, k, other > key);
        key = max(key, other);
    }
    return best;
}
