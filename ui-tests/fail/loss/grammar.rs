use loom::network;

network! {
    loss Bare { 1.0 }
}

network! {
    loss Nothing() { 1.0 }
}

network! {
    loss Shapeless(out, target: [3]) { sum(out * target) }
}

network! {
    loss Classes(out: [3], class: Label) { sum(out * class) }
}

network! {
    loss NoClass(out: [3], class: Label<0>) { sum(out * class) }
}

network! {
    loss Open(out: [3], target: [3])
}

network! {
    loss Empty(out: [3], target: [3]) {}
}

network! {
    loss Stack(out: [3], target: [3]) { out -> Dense<3, 1> }
}

fn main() {}
