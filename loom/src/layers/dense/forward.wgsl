// y = f(x W^T + b): x [rows, IN], W [OUT, IN], b [OUT], y [rows, OUT], with f the activation.

const A_ALONG_K: bool = true;
const B_ALONG_K: bool = true;

const WEIGHT_COLUMNS: u32 = IN;

fn rows() -> u32 {
    return call.batch * ROWS;
}

fn columns() -> u32 {
    return OUT;
}

fn depth() -> u32 {
    return IN;
}

fn a_at(row: u32, k: u32) -> f32 {
    if row < rows() && k < IN {
        return activations[INPUT * call.batch + row * IN + k];
    }
    return 0.0f;
}

fn b_at(k: u32, column: u32) -> f32 {
    if k < IN && column < OUT {
        return weight(column, k);
    }
    return 0.0f;
}

fn put(row: u32, column: u32, sum: f32) {
    var offset = 0.0f;
    if HAS_BIAS {
        offset = parameter(BIAS + column);
    }
    activations[OUTPUT * call.batch + row * OUT + column] = activate(flush(rounded(sum) + offset));
}
