// y = x with VALUE or values of x around it: x [batch, planes, HEIGHT, WIDTH], y [batch, planes, OUT_ROWS, OUT_COLUMNS].

// Which of the `len` rows or columns of x one of y is; NONE where it is VALUE.
fn source(place: u32, before: u32, len: u32) -> u32 {
    if place >= before && place < before + len {
        return place - before;
    }
    if REFLECT && place < before {
        return before - place;
    }
    if REFLECT {
        return 2u * (len - 1u) - (place - before);
    }
    if REPLICATE && place < before {
        return 0u;
    }
    if REPLICATE {
        return len - 1u;
    }
    return NONE;
}

fn run(index: u32) {
    if index >= call.batch * OUTPUT_LEN {
        return;
    }
    let row = source(index / OUT_COLUMNS % OUT_ROWS, TOP, HEIGHT);
    let column = source(index % OUT_COLUMNS, LEFT, WIDTH);
    let plane = index / (OUT_ROWS * OUT_COLUMNS);
    var value = flush(VALUE);
    if row != NONE && column != NONE {
        value = activations[INPUT * call.batch + (plane * HEIGHT + row) * WIDTH + column];
    }
    activations[OUTPUT * call.batch + index] = value;
}
