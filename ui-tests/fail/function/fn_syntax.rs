use loom::network;

network! {
    fn unnamed { 1.0 }
    struct Net: [4] { Dense<4, 2> }
}
network! {
    fn typed(x) -> f32 { x }
    struct Net2: [4] { Dense<4, 2> }
}
network! {
    fn empty(x) { }
    struct Net3: [4] { Dense<4, 2> }
}
network! {
    fn unfinished(x) { let y = x; }
    struct Net4: [4] { Dense<4, 2> }
}
network! {
    fn statement(x) { let y = x x }
    struct Net5: [4] { Dense<4, 2> }
}
network! {
    fn operator(x) { x % 2.0 }
    struct Net6: [4] { Dense<4, 2> }
}
network! {
    fn chain(x) { 0.0 < x < 1.0 }
    struct Net7: [4] { Dense<4, 2> }
}
network! {
    fn dangling(x) { x * }
    struct Net8: [4] { Dense<4, 2> }
}
network! {
    fn method(x) { x.exp() }
    struct Net9: [4] { Dense<4, 2> }
}

fn main() {}
