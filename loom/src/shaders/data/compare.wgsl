// What a loss of the user's compares, sample after sample: LEN values of a network's output, which are those from FIRST on of
// OUTPUT_LEN, and then the target, whose words begin at TARGET of the TARGET_LEN words that each sample has in `samples`.
//
// Header: INPUT, INPUT_LEN, OUTPUT, OUTPUT_LEN, FIRST, LEN, TARGET, TARGET_LEN: u32; target_value(at, i), value i of the target whose
// words begin at `at`.

fn run(item: u32) {
    if item >= call.batch * INPUT_LEN {
        return;
    }
    let sample = item / INPUT_LEN;
    let i = item % INPUT_LEN;
    var value = 0.0f;
    if i < LEN {
        value = activations[OUTPUT * call.batch + sample * OUTPUT_LEN + FIRST + i];
    } else {
        value = target_value(order[call.first + sample] * TARGET_LEN + TARGET, i - LEN);
    }
    activations[INPUT * call.batch + item] = value;
}
