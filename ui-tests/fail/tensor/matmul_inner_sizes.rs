use loom::Tensor;

fn main() {
    let a = Tensor::<[[f32; 3]; 2]>::ones();
    let b = Tensor::<[[f32; 5]; 4]>::ones();
    let _ = a.matmul(&b);
}
