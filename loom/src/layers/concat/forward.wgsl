// y = a behind b, row by row.
fn run(i: u32) {
    if i < call.batch * OUTPUT_LEN {
        let found = place(i);
        activations[OUTPUT * call.batch + i] = activations[operand(found.number) * call.batch + found.offset];
    }
}
