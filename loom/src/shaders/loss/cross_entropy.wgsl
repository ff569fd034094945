// log sum e^y - y_class, with d_y = softmax(y) - [class].

fn row_loss(lane: Lane) -> f32 {
    let row = exponentials(lane);
    let scale = recip(row.total);
    let label = targets[target_start(lane.row, 1u)];
    for (var i = lane.first; i < lane.end; i += LANES) {
        let minus_target = select(0.0f, -1.0f, i == label);
        let y = output_at(lane.row, i);
        put_gradient(lane.row, i, fma(loom_exp(y - row.greatest), scale, minus_target) * loss_scale());
    }
    return (row.greatest - output_at(lane.row, label)) + loom_log(row.total);
}
