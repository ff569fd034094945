use loom::Tensor;

fn main() {
    let a = Tensor::<[[[f32; 3]; 2]; 8]>::ones();
    let b = Tensor::<[[[f32; 2]; 3]; 7]>::ones();
    let _ = a.matmul(&b);
}
