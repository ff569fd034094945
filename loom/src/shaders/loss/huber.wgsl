// The mean of e^2 / 2 where |e| <= DELTA, and of DELTA (|e| - DELTA / 2) elsewhere, with d_y = e held within DELTA and
// e = y - t.
//
// Header: DELTA, HALF_DELTA: f32, above 0 and not subnormal.

fn row_loss(lane: Lane) -> f32 {
    var sum = 0.0f;
    for (var i = lane.first; i < lane.end; i += LANES) {
        let e = output_at(lane.row, i) - target_at(lane.row, i);
        let line = DELTA * (abs(e) - HALF_DELTA);
        let parabola = (0.5f * e) * e;
        sum += flush(select(parabola, line, abs(e) > DELTA));
        put_gradient(lane.row, i, within(e, DELTA) * loss_scale());
    }
    return tree(lane.local, sum) * MEAN;
}
