// Where the value at a place of matrices [batch, ROWS, COLUMNS] lies in their transposes [batch, COLUMNS, ROWS].
fn transposed(place: u32) -> u32 {
    let row = place / COLUMNS % ROWS;
    return place - place % INPUT_LEN + place % COLUMNS * ROWS + row;
}
