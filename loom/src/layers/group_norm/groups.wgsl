// The groups of the batch are the rows, of which each has its own mean: those of x [batch, CHANNELS, POSITIONS].
const ROWS: u32 = GROUPS;
const GROUP_CHANNELS: u32 = CHANNELS / GROUPS;
const LEN: u32 = GROUP_CHANNELS * POSITIONS;
const CENTRED: bool = true;
const HAS_BIAS: bool = true;

// The channel of value i of a group, by which its parameters are numbered.
fn parameter_of(group: u32, i: u32) -> u32 {
    return group % GROUPS * GROUP_CHANNELS + i / POSITIONS;
}
