// Targets that are values, laid out as the outputs.

fn target_at(row: u32, i: u32) -> f32 {
    return bitcast<f32>(targets[target_start(row, ROW_LEN) + i]);
}

fn is_correct(lane: Lane) -> bool {
    if ACCURACY == ARG_MAX {
        var best = Greatest(BELOW_ALL, 0u);
        for (var i = lane.first; i < lane.end; i += LANES) {
            best = later(best, target_at(lane.row, i), i);
        }
        let wanted = first_greatest(lane, best);
        return first_greatest(lane, greatest_output(lane)) == wanted;
    }
    if ACCURACY == SIDES {
        var wrong = 0i;
        for (var i = lane.first; i < lane.end; i += LANES) {
            let above = output_at(lane.row, i) > THRESHOLD;
            wrong |= select(0i, 1i, above != (target_at(lane.row, i) > 0.5f));
        }
        return greatest_key(lane.local, wrong) == 0i;
    }
    return false;
}
