use loom::network;

network! {
    fn twice(x, x) { x + x }
    fn typed(x: f32) { x }
    fn shapeless(x, scale: Param) { x * scale }
    fn open(x, scale: Param<[]>) { x * scale }
    struct Net: [4] { Dense<4, 2> }
}

fn main() {}
