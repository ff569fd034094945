use loom::Tensor;

fn main() {
    let a = Tensor::<[[f32; 3]; 2]>::ones();
    let b = Tensor::<[[f32; 5]; 3]>::ones();
    let _: Tensor<[[f32; 5]; 3]> = a.matmul(&b);
}
