// The gradients of the inputs that are repeated: for each of their values a row, the sum over its uses.
fn run(row: u32, lane: u32, local: u32) {
    let sample = row / REPEATED;
    var sum = 0.0f;
    var d_value = 0u;
    if sample < call.batch {
        let found = repeated(row % REPEATED);
        d_value = d_operand(found.number) * call.batch + sample * operand_len(found.number) + found.value;
        for (var t = lane; t < found.uses; t += LANES) {
            let i = sample * OUTPUT_LEN + use_of(found, t);
            sum += gradient(found.number, i, gradients[D_OUTPUT * call.batch + i]);
        }
    }
    let total = tree(local, sum);
    if sample < call.batch && lane == 0u {
        gradients[d_value] = flush(total);
    }
}
