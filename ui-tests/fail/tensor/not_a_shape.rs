use loom::Tensor;

fn main() {
    let _ = Tensor::<[[u8; 3]; 2]>::zeros();
    let _ = Tensor::<[[f64; 3]; 2]>::zeros();
}
