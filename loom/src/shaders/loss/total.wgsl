// Adds the losses of a batch and the number of its correct rows to the totals. One workgroup, of which 16 lanes add losses.
//
// Header: TERM, LEN, ROW_LEN: u32.

var<workgroup> correct_rows: atomic<u32>;

fn run(row: u32, lane: u32, local: u32) {
    let count = row_count();
    var sum = 0.0f;
    if row == 0u {
        for (var i = lane; i < count; i += LANES) {
            sum += scratch[i];
        }
    }
    var correct = 0u;
    for (var i = local; i < count; i += WORKGROUP) {
        correct += select(0u, 1u, scratch[count + i] > 0.5f);
    }
    atomicAdd(&correct_rows, correct);
    let batch_loss = flush(tree(local, sum));
    if local == 0u {
        totals[TERM].loss = totals[TERM].loss + batch_loss;
        totals[TERM].correct += atomicLoad(&correct_rows);
    }
}
