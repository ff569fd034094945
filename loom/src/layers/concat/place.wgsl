// A value of the output, in input `operand_of`.
struct Place {
    number: u32,
    // Where it lies in the input's batch.
    offset: u32,
}

fn place(i: u32) -> Place {
    let row = i / LEN;
    var column = i % LEN;
    var number = 0u;
    var width = operand_len(0u) / ROWS;
    while column >= width {
        column -= width;
        number++;
        width = operand_len(number) / ROWS;
    }
    return Place(number, row * width + column);
}
