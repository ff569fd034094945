// The gradient of a network's output is that of what a loss compares: the first LEN of INPUT_LEN values; an item for each.
//
// Header: D_INPUT, INPUT_LEN, D_OUTPUT, OUTPUT_LEN, FIRST, LEN: u32.

fn run(item: u32) {
    if item < call.batch * LEN {
        let sample = item / LEN;
        let i = item % LEN;
        let d = gradients[D_INPUT * call.batch + sample * INPUT_LEN + i];
        gradients[D_OUTPUT * call.batch + sample * OUTPUT_LEN + FIRST + i] = d;
    }
}
