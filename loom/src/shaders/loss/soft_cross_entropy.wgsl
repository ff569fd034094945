// The sum of t (log sum e^y - y), with d_y = softmax(y) sum t - t.

fn row_loss(lane: Lane) -> f32 {
    let row = exponentials(lane);
    let scale = recip(row.total);
    let log_total = loom_log(row.total);
    var loss_sum = 0.0f;
    var mass_sum = 0.0f;
    for (var i = lane.first; i < lane.end; i += LANES) {
        let t = target_at(lane.row, i);
        loss_sum = fma(t, (row.greatest - output_at(lane.row, i)) + log_total, loss_sum);
        mass_sum += t;
    }
    let mass = tree(lane.local, mass_sum);
    for (var i = lane.first; i < lane.end; i += LANES) {
        let e = loom_exp(output_at(lane.row, i) - row.greatest);
        put_gradient(lane.row, i, fma(e * scale, mass, -target_at(lane.row, i)) * loss_scale());
    }
    return tree(lane.local, loss_sum);
}
