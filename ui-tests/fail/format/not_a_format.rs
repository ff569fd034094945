use loom::prelude::*;

network! {
    struct Net { Dense<2, 1> }
}

fn main() {
    let _ = Net::new(Seed(0)).quantize::<f32>();
}
