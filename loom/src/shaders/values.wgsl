// The values of a custom layer's output, each by the layer's function `value`.

// Value i of an input of this sample.
fn input(number: u32, sample: u32, i: u32) -> f32 {
    return activations[operand(number) * call.batch + sample * operand_len(number) + i];
}

fn run(i: u32) {
    if i < call.batch * OUTPUT_LEN {
        activations[OUTPUT * call.batch + i] = flush(value(i / OUTPUT_LEN, i % OUTPUT_LEN));
    }
}
