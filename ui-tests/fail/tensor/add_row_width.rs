use loom::Tensor;

fn main() {
    let a = Tensor::<[[f32; 3]; 2]>::ones();
    let _ = a.add_row(&Tensor::<[f32; 2]>::ones());
}
