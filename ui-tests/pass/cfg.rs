//! Items that are switched off, and alternatives of one name.

#![deny(warnings)]

use loom::prelude::*;

network! {
    #[cfg(debug_assertions)]
    const D: usize = 3;
    #[cfg(not(debug_assertions))]
    const D: usize = 3 + 0;

    /// Switched off, with an error in it.
    #[cfg(any())]
    pub struct Off { Dense<2, 3> -> Dense<4, 5> -> Nothing }

    /// On.
    #[cfg(all())]
    #[cfg_attr(all(), derive(Debug, Clone), doc = "Text")]
    #[cfg_attr(any(), derive(Nothing))]
    pub struct Net { Dense<2, D> -> Block -> Dense<D, 1> }

    #[cfg(any())]
    struct Block: [3] { Off }
    #[cfg(not(any()))]
    struct Block: [D] { Residual { Dense<D, D> -> Relu } }
}

network! {
    #[cfg(any())]
    fn twice(x) { x + }
    #[cfg(all())]
    fn twice(x) { x + x }
    #[cfg(any())]
    loss Distance(out: [2], target: [3]) { norm(out - target) }
    #[cfg(all())]
    #[cfg_attr(all(), derive(Debug, Clone))]
    loss Distance(out: [3], target: [3]) { norm(out - target) }
    #[cfg(any())]
    pub struct Behind { Nothing }
    #[cfg(all())]
    pub struct Behind { Dense<2, 3> -> twice }
}

network! {
    #[cfg(any())]
    pub struct Nothing { Dense<2, 3> }
}

macro_rules! wrapped {
    ($(#[$attribute:meta])* $visibility:vis $name:ident) => {
        network! { $(#[$attribute])* $visibility struct $name { Dense<2, 3> } }
    };
}

wrapped!(#[cfg(any())] pub Wrapped);
wrapped!(#[cfg(all())] Wrapped);

fn main() {
    assert_eq!(Net::PARAMETERS, 2 * 3 + 3 + 3 * 3 + 3 + 3 + 1);
    let data = Dataset::new(vec![[0.0; 2]], vec![[1.0; 3]]).unwrap();
    Trainer::new(Adam::new(0.1), Distance).fit(&mut Behind::new(Seed(1)), &data).unwrap();
    let _: [f32; 3] = Wrapped::new(Seed(1)).forward(&[0.0; 2]);
    network! {
        #[cfg(any())]
        struct Local { Dense<2, 3> }
        #[cfg(all())]
        struct Local { Dense<2, 4> }
    }
    let _: [f32; 4] = Local::new(Seed(1)).forward(&[0.0; 2]);
    let net = network![
        #[cfg(any())]
        const H: usize = 4;
        #[cfg(not(any()))]
        const H: usize = 5;
        Dense<2, H>
    ];
    let _: [f32; 5] = net.forward(&[0.0; 2]);
}
