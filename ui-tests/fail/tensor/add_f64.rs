use loom::Tensor;

fn main() {
    let _ = Tensor::<[f32; 3]>::ones() + 1.0_f64;
}
