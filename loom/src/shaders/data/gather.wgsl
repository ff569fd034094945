// x SCALE, all three flushed, for the samples of a batch: sample s is number order[first + s] of the data set, INPUT_LEN
// values that lie one after the other in `samples`, as the bits of an f32 each or, for BYTES, four bytes to a word, lowest
// first.
//
// Header: INPUT, INPUT_LEN: u32; SCALE: f32; BYTES: bool.

// Value `at` of the data set.
fn sample_value(at: u32) -> f32 {
    if BYTES {
        return f32((samples[at / 4u] >> (at % 4u * 8u)) & 0xffu);
    }
    return flush(bitcast<f32>(samples[at]));
}

fn run(i: u32) {
    if i < call.batch * INPUT_LEN {
        let number = order[call.first + i / INPUT_LEN];
        activations[INPUT * call.batch + i] = flush(sample_value(number * INPUT_LEN + i % INPUT_LEN) * flush(SCALE));
    }
}
