//! `GroupNorm`: the networks that every check runs.

layer! {
    networks {
        GroupNormImage: [6, 5, 7] { GroupNorm<3, 6> }
        GroupNormVector: [17] { GroupNorm<1, 17, eps = 1e-3> }
        GroupNormPoint: [2, 1, 1] { GroupNorm<1, 2, eps = 0.5> }
        GroupNormChannels: [5, 257] { GroupNorm<5, 5> }
        GroupNormDeep: [3, 9, 7] {
            Conv2d<3, 18, 3, bias = false> -> GroupNorm<6, 18> -> Relu -> Conv2d<18, 4, 3, bias = false> -> GroupNorm<2, 4>
        }
    }
    tuned {
        GroupNormDeep
    }
    packed {
        GroupNormDeep
    }
    pytorch {
        group_norm { pub struct Net: [6, 3, 5] { GroupNorm<3, 6> } }
        group_norm_one { pub struct Net: [5, 17] { GroupNorm<1, 5, eps = 1e-3> } }
        group_norm_each { pub struct Net: [4, 9] { GroupNorm<4, 4> } }
        group_norm_conv2d {
            pub struct Net: [2, 6, 5] { Conv2d<2, 8, 3, bias = false> -> norm: GroupNorm<2, 8> -> Silu }
        }
    }
}
