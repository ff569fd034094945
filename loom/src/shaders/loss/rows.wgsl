// A row is what one loss is computed from: ROW_LEN of an output's LEN values, which are those from FIRST on of a sample's OUTPUT_LEN.
// `scratch` holds the losses of all rows, then 1 for each row whose outputs are correct and 0 for each other.

const SAMPLE_ROWS: u32 = LEN / ROW_LEN;

fn row_count() -> u32 {
    return call.batch * SAMPLE_ROWS;
}
