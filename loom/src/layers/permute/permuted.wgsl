// Where the value at a place of [outer, ROWS, COLUMNS, INNER] lies in [outer, COLUMNS, ROWS, INNER].
fn permuted(place: u32) -> u32 {
    let part = place / INNER;
    let row = part / COLUMNS % ROWS;
    let outer = part / (ROWS * COLUMNS);
    return ((outer * COLUMNS + part % COLUMNS) * ROWS + row) * INNER + place % INNER;
}
