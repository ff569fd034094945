//! `Product`: the networks that every check runs.

layer! {
    networks {
        ProductFirst: [17] { Product { Dense<17, 3> | Dense<17, 3> -> Sigmoid } }
        ProductOfThree: [17, 3] { Product { Dense<3, 5> | Dense<3, 5> -> Tanh | Dense<3, 5> -> Sigmoid } -> Flatten -> Dense<85, 2> }
        Square: [257] { Dense<257, 3> -> Product { | } }
        Gated: [3, 9, 7] {
            Residual { Product { Conv2d<3, 3, 3, padding = 1> -> Tanh | Conv2d<3, 3, 3, padding = 1> -> Sigmoid } }
        }
    }
    tuned {}
    packed {}
    pytorch {
        product {
            pub struct Net: [3] {
                Dense<3, 5> -> Product { Dense<5, 5> -> Tanh | Dense<5, 5> -> Sigmoid | } -> Product { | } -> Dense<5, 2>
            }
        }
    }
}
