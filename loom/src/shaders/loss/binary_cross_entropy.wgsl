// The mean of max(y, 0) - y t + log(1 + e^-|y|), with d_y = sigmoid(y) - t.

fn row_loss(lane: Lane) -> f32 {
    var sum = 0.0f;
    for (var i = lane.first; i < lane.end; i += LANES) {
        let y = output_at(lane.row, i);
        let t = target_at(lane.row, i);
        let above = positive(y);
        let tail = loom_log(1.0f + loom_exp(-abs(y)));
        sum += fma(-y, t, above) + tail;
        put_gradient(lane.row, i, (sigmoid(y) - t) * loss_scale());
    }
    return tree(lane.local, sum) * MEAN;
}
