use loom::network;

network! {
    struct Net: [3, 8, 8] { twice: Unit<3> -> twice -> GlobalAvgPool }
    block Unit<C> { Conv2d<C, C, 3, padding = 1> -> BatchNorm2d<C> -> Relu }
}

fn main() {}
