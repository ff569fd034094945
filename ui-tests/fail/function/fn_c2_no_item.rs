use loom::network;

network! {
    pub fn visible(x) { x }
    #[inline]
    fn attributed(x) { x }
    struct Net: [4] { visible -> attributed -> Dense<4, 2> }
}

fn main() {}
