// W[row, column] of a weight whose values lie as f32 from WEIGHT on, row after row. The kernel gives WEIGHT_COLUMNS.
fn weight(row: u32, column: u32) -> f32 {
    return parameter(WEIGHT + row * WEIGHT_COLUMNS + column);
}
