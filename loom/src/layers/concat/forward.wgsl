// y = a behind b, row by row.
fn run(i: u32) {
    if i < call.batch * OUTPUT_LEN {
        let from = place(i);
        activations[OUTPUT * call.batch + i] = activations[operand(from.number) * call.batch + from.offset];
    }
}
