// The gradients of a custom layer's inputs, each value by the layer's function `gradient`.

// Value i of an input of this sample.
fn input(number: u32, sample: u32, i: u32) -> f32 {
    return activations[operand(number) * call.batch + sample * operand_len(number) + i];
}

// Value i of the output of this sample.
fn output(sample: u32, i: u32) -> f32 {
    return activations[OUTPUT * call.batch + sample * OUTPUT_LEN + i];
}

// Its gradient.
fn d_output(sample: u32, i: u32) -> f32 {
    return gradients[D_OUTPUT * call.batch + sample * OUTPUT_LEN + i];
}

fn run(item: u32) {
    let sample = item / INPUTS_LEN;
    if sample < call.batch {
        var number = 0u;
        var i = item % INPUTS_LEN;
        while number + 1u < OPERANDS && i >= operand_len(number) {
            i -= operand_len(number);
            number++;
        }
        let d = flush(gradient(sample, number, i));
        gradients[d_operand(number) * call.batch + sample * operand_len(number) + i] = d;
    }
}
