// d_x = (g - the mean of g - x̂ times the mean of g x̂) rstd with g = d_y w, for each row of LEN values: d_y and d_x [batch ROWS,
// LEN], w [LEN]. The mean of g counts where CENTRED.

// g = d_y w.
fn weighted(row: u32, i: u32) -> f32 {
    return flush(gradients[D_OUTPUT * call.batch + row * LEN + i] * weights[WEIGHT + parameter_of(row, i)]);
}

fn run(row: u32, lane: u32, local: u32) {
    // Invocations beyond the last row see a row of no values: all of a workgroup must come to the tree.
    let len = select(0u, LEN, row < call.batch * ROWS);

    var sum = 0.0f;
    var products = 0.0f;
    for (var i = lane; i < len; i += LANES) {
        let g = weighted(row, i);
        sum += g;
        products = fma(g, normalised(row, i), products);
    }
    var mean = 0.0f;
    if CENTRED {
        mean = flush(tree(local, sum) * SHARE);
    }
    let slope = flush(tree(local, products) * SHARE);

    for (var i = lane; i < len; i += LANES) {
        let centred = fma(-normalised(row, i), slope, weighted(row, i) - mean);
        gradients[D_INPUT * call.batch + row * LEN + i] = flush(centred * rstd(row));
    }
}
