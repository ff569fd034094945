// y = the parameter, for each sample: [ROW_LEN] in each row.

const WEIGHT_COLUMNS: u32 = ROW_LEN;

fn run(i: u32) {
    if i < call.batch * OUTPUT_LEN {
        activations[OUTPUT * call.batch + i] = weight(i % OUTPUT_LEN / ROW_LEN, i % ROW_LEN);
    }
}
