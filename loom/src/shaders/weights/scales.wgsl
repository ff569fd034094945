// Which scale a weight has: SCALES_PER_ROW of a row, one for GROUP columns; one for all rows where SCALES_PER_ROW is 0.
fn scale_of(row: u32, column: u32) -> u32 {
    return row * SCALES_PER_ROW + column / GROUP;
}
