// The mean of e^2, with d_y = 2 e and e = y - t.

fn row_loss(lane: Lane) -> f32 {
    let scale = loss_scale() + loss_scale();
    var sum = 0.0f;
    for (var i = lane.first; i < lane.end; i += LANES) {
        let e = output_at(lane.row, i) - target_at(lane.row, i);
        sum = fma(e, e, sum);
        put_gradient(lane.row, i, e * scale);
    }
    return tree(lane.local, sum) * MEAN;
}
