use loom::Tensor;

fn main() {
    let a = Tensor::<[[f32; 3]; 2]>::ones();
    let _ = a.reshape::<[f32; 5]>();
}
