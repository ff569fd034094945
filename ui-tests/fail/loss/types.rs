use loom::prelude::*;

network! {
    struct Net { Dense<4, 3> }
    loss Distance(out: [3], target: [3]) { norm(out - target) }
    loss Labelled(out: [3], class: Label<3>) { -sum(class * (out - logsumexp(out))) }
}

fn main() {
    let inputs = vec![[0.0; 4]];
    let classes = Dataset::new(inputs.clone(), vec![0_u8]).unwrap();
    let mut net = Net::new(Seed(1));
    // It compares values, not classes.
    Trainer::new(Adam::new(0.1), Distance).fit(&mut net, &classes).unwrap();
    let longer = Dataset::new(inputs, vec![[0.0; 4]]).unwrap();
    Trainer::new(Adam::new(0.1), Labelled).fit(&mut net, &longer).unwrap();
}
