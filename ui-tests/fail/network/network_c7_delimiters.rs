use loom::network;

network! {
    struct Net: [4] {
        Residual {
        Residual {
        Residual {
        Residual {
        Residual {
        Residual {
        Residual {
        Residual {
        Residual {
        Residual {
        Residual {
        Residual {
        Residual {
        Residual {
        Residual {
        Residual {
        Residual {
        Residual {
        Residual {
        Residual {
        Residual {
        Residual {
        Residual {
        Residual {
        Residual {
        Residual {
        Residual {
        Residual {
        Residual {
        Residual {
        Residual {
        Residual {
        Residual {
        Residual {
        Residual {
        Residual {
        Residual {
        Residual {
        Residual {
        Residual {
        Residual {
        Residual {
        Residual {
        Residual {
        Residual {
        Residual {
        Residual {
        Residual {
        Residual {
        Residual {
        Residual {
        Residual {
        Residual {
        Residual {
        Residual {
        Residual {
        Residual {
        Residual {
        Residual {
        Residual {
        Residual {
        Residual {
        Residual {
        Residual {
        Residual {
        Residual {
        Residual {
        Residual {
        Residual {
        Residual {
        Relu
        }
        }
        }
        }
        }
        }
        }
        }
        }
        }
        }
        }
        }
        }
        }
        }
        }
        }
        }
        }
        }
        }
        }
        }
        }
        }
        }
        }
        }
        }
        }
        }
        }
        }
        }
        }
        }
        }
        }
        }
        }
        }
        }
        }
        }
        }
        }
        }
        }
        }
        }
        }
        }
        }
        }
        }
        }
        }
        }
        }
        }
        }
        }
        }
        }
        }
        }
        }
        }
        }
    }
}

fn main() {}
