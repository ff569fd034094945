use loom::Tensor;

fn main() {
    let a = Tensor::<[f32; 3]>::ones();
    let _ = a.transpose();
}
