// The loss of each row, its gradient, and whether the row is correct; 16 lanes for each row.
//
// The kernel that includes this gives row_loss(lane), which writes the gradient too, and is_correct(lane). Header: TERM, the number
// of the output; OUTPUT, D_OUTPUT, OUTPUT_LEN, FIRST, LEN, ROW_LEN: u32; TARGET, TARGET_LEN: u32, where the output's targets begin
// among those of a sample, and how many words these are; MEAN: f32, 1 / ROW_LEN; ACCURACY: u32, as below; THRESHOLD: f32, flushed.

const NO_ACCURACY: u32 = 0u;
// The greatest output is where the greatest target is, the lowest index on ties.
const ARG_MAX: u32 = 1u;
// Outputs lie above THRESHOLD where targets lie above 1/2, and nowhere else.
const SIDES: u32 = 2u;

// One of the 16 lanes of a row: the values first, first + 16, .. before end. A lane beyond the last row has none, but may
// read as one of the last row.
struct Lane {
    row: u32,
    first: u32,
    end: u32,
    local: u32,
}

// Where a row begins among the outputs of the batch.
fn row_start(row: u32) -> u32 {
    return row / SAMPLE_ROWS * OUTPUT_LEN + FIRST + row % SAMPLE_ROWS * ROW_LEN;
}

fn output_at(row: u32, i: u32) -> f32 {
    return activations[OUTPUT * call.batch + row_start(row) + i];
}

fn put_gradient(row: u32, i: u32, d: f32) {
    gradients[D_OUTPUT * call.batch + row_start(row) + i] = flush(d);
}

// What a row's gradient is multiplied by.
fn loss_scale() -> f32 {
    return call.loss_scales[TERM / 4u][TERM % 4u];
}

// The targets of a row, of so many words, begin here among those of the data set.
fn target_start(row: u32, words: u32) -> u32 {
    return order[call.first + row / SAMPLE_ROWS] * TARGET_LEN + TARGET + row % SAMPLE_ROWS * words;
}

// A lane's first value of the greatest order key.
struct Greatest {
    key: i32,
    index: u32,
}

fn later(best: Greatest, x: f32, index: u32) -> Greatest {
    let key = order_key(x);
    if key > best.key {
        return Greatest(key, index);
    }
    return best;
}

fn greatest_output(lane: Lane) -> Greatest {
    var best = Greatest(BELOW_ALL, 0u);
    for (var i = lane.first; i < lane.end; i += LANES) {
        best = later(best, output_at(lane.row, i), i);
    }
    return best;
}

// The lowest index of the greatest value of a row, from each lane's.
fn first_greatest(lane: Lane, best: Greatest) -> u32 {
    let key = greatest_key(lane.local, best.key);
    return u32(-greatest_key(lane.local, select(BELOW_ALL, -i32(best.index), best.key == key)));
}

fn run(row: u32, first: u32, local: u32) {
    let count = row_count();
    let lane = Lane(min(row, count - 1u), first, select(0u, ROW_LEN, row < count), local);
    let value = flush(row_loss(lane));
    let correct = is_correct(lane);
    if row < count && first == 0u {
        scratch[row] = value;
        scratch[count + row] = select(0.0f, 1.0f, correct);
    }
}
