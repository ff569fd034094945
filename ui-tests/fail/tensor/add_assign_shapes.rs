use loom::Tensor;

fn main() {
    let mut a = Tensor::<[f32; 3]>::ones();
    a += &Tensor::<[f32; 4]>::ones();
}
