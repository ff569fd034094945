use loom::Tensor;

fn main() {
    let _: Tensor<[[f32; 3]; 2]> = Tensor::from_array([[1.0, 2.0], [3.0, 4.0]]);
}
