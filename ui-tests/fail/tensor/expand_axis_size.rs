use loom::Tensor;

fn main() {
    let mean = Tensor::<[f32; 4]>::ones();
    let _ = mean.expand_axis::<0, [[f32; 3]; 2]>();
}
