// No row or column.
const NONE: u32 = 0xffffffffu;
