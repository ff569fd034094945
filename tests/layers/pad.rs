//! `Pad`: the networks that every check runs.

layer! {
    networks {
        PadVector: [257] { Dense<257, 17> -> Pad<(3, 1)> -> Dense<21, 3> }
        PadRows: [17, 3] { Dense<3, 5> -> Pad<(1, 0), (0, 3), value = 0.25> -> Tanh }
        PadImage: [3, 5, 7] { Conv2d<3, 3, 1> -> Pad<(1, 3), (0, 1), value = -1.5> -> Relu }
        PadChannels: [3, 5, 7] { Pad<(1, 3), (0, 0), (0, 0)> -> Conv2d<7, 3, 3> }
        PadFour: [3, 1, 5, 3] { Dense<3, 3> -> Pad<(1, 1), (2, 0), (0, 1), (1, 2), value = 1e-30> -> Silu }
        PadNothing: [3, 5] { Dense<5, 3> -> Pad<0> -> Tanh }
        ReflectVector: [257] { Dense<257, 17> -> Pad<(16, 3), reflect = true> -> Dense<36, 3> }
        ReflectImage: [3, 5, 7] { Conv2d<3, 3, 1> -> Pad<(4, 1), (3, 6), reflect = true> -> Conv2d<3, 1, 3> }
        ReflectOne: [3, 1, 17] { Conv2d<3, 3, 1> -> Pad<(2, 1), (0, 0), (1, 16), reflect = true> -> Silu }
        ReplicateVector: [17] { Dense<17, 1> -> Pad<(17, 3), replicate = true> -> Dense<21, 3> }
        ReplicateImage: [3, 1, 5] { Conv2d<3, 3, 1> -> Pad<(3, 1), (17, 3), replicate = true> -> Conv2d<3, 1, 3> }
        ReplicateColumns: [257, 3] { Dense<3, 5> -> Pad<(1, 3), replicate = true> -> Tanh }
    }
    tuned {
        ReflectImage
    }
    packed {}
    pytorch {
        pad {
            pub struct Net: [3, 5] { Pad<(2, 1)> -> Dense<8, 3> -> Pad<(0, 2), (1, 0), value = 0.5> -> Dense<4, 2> }
        }
        pad_channels {
            pub struct Net: [3, 4, 5] { Conv2d<3, 2, 1> -> Pad<(1, 2), (2, 0), (0, 1), value = -1.5> -> Conv2d<5, 2, 3> }
        }
        pad_reflect { pub struct Net: [3, 5] { Pad<(4, 1), reflect = true> -> Dense<10, 3> } }
        pad_reflect_image {
            pub struct Net: [2, 4, 5] { Conv2d<2, 3, 1> -> Pad<(1, 3), (4, 2), reflect = true> -> Conv2d<3, 2, 3> }
        }
        pad_replicate { pub struct Net: [3, 5] { Pad<(1, 7), replicate = true> -> Dense<13, 3> } }
        pad_replicate_image {
            pub struct Net: [2, 1, 5] { Conv2d<2, 3, 1> -> Pad<(2, 4), (3, 1), replicate = true> -> Conv2d<3, 2, 3> }
        }
    }
}
