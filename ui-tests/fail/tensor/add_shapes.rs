use loom::Tensor;

fn main() {
    let a = Tensor::<[[f32; 3]; 2]>::ones();
    let b = Tensor::<[[f32; 2]; 3]>::ones();
    let _ = &a + &b;
    let _ = a * b;
}
