// d_x = d_y at the end of x, 0 before it: d_x [batch, INPUT_LEN], d_y [batch, OUTPUT_LEN].

const BEFORE: u32 = INPUT_LEN - OUTPUT_LEN;

fn run(index: u32) {
    if index >= call.batch * INPUT_LEN {
        return;
    }
    let place = index % INPUT_LEN;
    var d = 0.0f;
    if place >= BEFORE {
        d = gradients[D_OUTPUT * call.batch + index / INPUT_LEN * OUTPUT_LEN + place - BEFORE];
    }
    gradients[D_INPUT * call.batch + index] = d;
}
