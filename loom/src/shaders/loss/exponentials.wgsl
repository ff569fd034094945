// What the softmax of a row is computed from.

struct Exponentials {
    // max y
    greatest: f32,
    // The sum of e^(y - max y).
    total: f32,
}

fn exponentials(lane: Lane) -> Exponentials {
    let greatest = number_of_key(greatest_key(lane.local, greatest_output(lane).key));
    var sum = 0.0f;
    for (var i = lane.first; i < lane.end; i += LANES) {
        sum += loom_exp(output_at(lane.row, i) - greatest);
    }
    return Exponentials(greatest, tree(lane.local, sum));
}
