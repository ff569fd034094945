// Targets that are class indices.

fn is_correct(lane: Lane) -> bool {
    if ACCURACY == NO_ACCURACY {
        return false;
    }
    return first_greatest(lane, greatest_output(lane)) == targets[target_start(lane.row, 1u)];
}
