// d_x = the sum of d_y over the places that have the value, in row order: d_x [batch, planes, HEIGHT, WIDTH], d_y [batch, planes,
// OUT_ROWS, OUT_COLUMNS].

// How many rows or columns of y may be row or column `own` of the `len` of x.
fn copies(own: u32, before: u32, len: u32, after: u32) -> u32 {
    if REFLECT {
        return 3u;
    }
    var count = 1u;
    if REPLICATE && own == 0u {
        count += before;
    }
    if REPLICATE && own == len - 1u {
        count += after;
    }
    return count;
}

// One of them by its number, in ascending order; NONE where there is no such reflection.
fn copy(number: u32, own: u32, before: u32, len: u32, after: u32) -> u32 {
    if REPLICATE && own == 0u {
        return number;
    }
    if REFLECT && number == 0u {
        if own == 0u || own > before {
            return NONE;
        }
        return before - own;
    }
    if REFLECT && number == 1u {
        return before + own;
    }
    if REFLECT {
        let behind = len - 1u - own;
        if behind == 0u || behind > after {
            return NONE;
        }
        return before + len - 1u + behind;
    }
    return before + own + number;
}

fn run(index: u32) {
    if index >= call.batch * INPUT_LEN {
        return;
    }
    let y = index / WIDTH % HEIGHT;
    let x = index % WIDTH;
    let d_y = D_OUTPUT * call.batch + index / (HEIGHT * WIDTH) * (OUT_ROWS * OUT_COLUMNS);
    var d = 0.0f;
    for (var i = 0u; i < copies(y, TOP, HEIGHT, BOTTOM); i++) {
        let row = copy(i, y, TOP, HEIGHT, BOTTOM);
        for (var j = 0u; j < copies(x, LEFT, WIDTH, RIGHT); j++) {
            let column = copy(j, x, LEFT, WIDTH, RIGHT);
            if row != NONE && column != NONE {
                d = flush(d + gradients[d_y + row * OUT_COLUMNS + column]);
            }
        }
    }
    gradients[D_INPUT * call.batch + index] = d;
}
