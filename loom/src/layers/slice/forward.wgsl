// y = the part of x: x [batch, rows, LEN], y [batch, rows, COUNT].
fn run(index: u32) {
    if index >= call.batch * OUTPUT_LEN {
        return;
    }
    let place = index / COUNT * LEN + START + index % COUNT;
    activations[OUTPUT * call.batch + index] = activations[INPUT * call.batch + place];
}
