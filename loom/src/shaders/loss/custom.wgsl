// The loss of a sample, which steps before have computed, and the gradient that those after begin with.
//
// Header: LOSS, D_LOSS: u32, where the loss and its gradient lie.

fn row_loss(lane: Lane) -> f32 {
    if lane.first == 0u && lane.end > 0u {
        gradients[D_LOSS * call.batch + lane.row] = flush(loss_scale());
    }
    return activations[LOSS * call.batch + lane.row];
}
