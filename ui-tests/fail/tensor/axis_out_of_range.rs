use loom::Tensor;

fn main() {
    let a = Tensor::<[[f32; 3]; 2]>::ones();
    let _ = a.sum_axis::<2>();
}
