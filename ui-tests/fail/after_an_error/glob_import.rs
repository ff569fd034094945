use loom::prelude::*;
use nets::*;

mod nets {
    loom::network! {
        pub const D: usize = 8 / 0;
        pub struct Unknown: [2, 3] { Dense<3, 4> -> Mystery }
        pub struct Broken: [2, 3] { Dense<3, 4> ? }
        pub struct NoShape: oops { Dense<3, 4> }
    }
}

const _: () = assert!(Unknown::PARAMETERS == 16);

fn train(net: &mut Unknown) -> Result<(), loom::Error> {
    let data = Dataset::new(vec![[[0.0; 3]; 2]], vec![[0.0; D]])?;
    Trainer::new(Adam::new(0.05), Mse).epochs(1).fit(net, &data)?;
    Ok(())
}

fn main() {
    let mut net = Unknown::new(Seed(1));
    train(&mut net).unwrap();
    let outputs: Vec<[f32; 5]> = net.forward_batch(&[[[0.0; 3]; 2]]);
    let [a, b] = Broken::new(Seed(1)).forward(&[[0.0; 3]; 2]);
    let c = NoShape::new(Seed(1)).forward(&outputs[0]);
    println!("{} {}", a + b, c[0]);
}
