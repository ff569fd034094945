// h = f(z + a), with relu for f, or tanh.

const GATES: u32 = 1u;
