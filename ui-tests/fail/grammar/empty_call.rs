use loom::network;

network! {}

fn main() {}
