// d_x = d_y in the part, 0 elsewhere: d_x [batch, rows, LEN], d_y [batch, rows, COUNT].
fn run(index: u32) {
    if index >= call.batch * INPUT_LEN {
        return;
    }
    let column = index % LEN;
    var d = 0.0f;
    if column >= START && column < START + COUNT {
        d = gradients[D_OUTPUT * call.batch + index / LEN * COUNT + column - START];
    }
    gradients[D_INPUT * call.batch + index] = d;
}
