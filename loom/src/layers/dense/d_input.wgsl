// d_x = d_y W: d_y [rows, OUT], W [OUT, IN], d_x [rows, IN].

const A_ALONG_K: bool = true;
const B_ALONG_K: bool = false;

fn rows() -> u32 {
    return call.batch * ROWS;
}

fn columns() -> u32 {
    return IN;
}

fn depth() -> u32 {
    return OUT;
}

fn a_at(row: u32, k: u32) -> f32 {
    if row < rows() && k < OUT {
        return gradients[D_OUTPUT * call.batch + row * OUT + k];
    }
    return 0.0f;
}

fn b_at(k: u32, column: u32) -> f32 {
    if k < OUT && column < IN {
        return weights[WEIGHT + k * IN + column];
    }
    return 0.0f;
}

fn put(row: u32, column: u32, sum: f32) {
    gradients[D_INPUT * call.batch + row * IN + column] = flush(sum);
}
