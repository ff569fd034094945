// d_W = d_y^T x: d_y [rows, OUT], x [rows, IN], d_W [OUT, IN].

const A_ALONG_K: bool = false;
const B_ALONG_K: bool = false;

fn rows() -> u32 {
    return OUT;
}

fn columns() -> u32 {
    return IN;
}

fn depth() -> u32 {
    return call.batch * ROWS;
}

fn a_at(row: u32, k: u32) -> f32 {
    if row < OUT && k < depth() {
        return gradients[D_OUTPUT * call.batch + k * OUT + row];
    }
    return 0.0f;
}

fn b_at(k: u32, column: u32) -> f32 {
    if k < depth() && column < IN {
        return activations[INPUT * call.batch + k * IN + column];
    }
    return 0.0f;
}

fn put(row: u32, column: u32, sum: f32) {
    d_weights[D_WEIGHT + row * IN + column] = flush(sum);
}
