//! Plans, and a run of each plan on marks instead of numbers, which shows any place that is overwritten too early.

use std::iter;

use loom_ir::facts::{Kind, Output};
use loom_ir::layers::Activation;
use loom_ir::plan::{Plan, Slot, Step};

use super::model;
use crate::check::Model;
use crate::plan::{self, Layout};

const NETWORKS: &[&str] = &[
    "Flatten",
    "Dense<2, 8>",
    "Relu -> Silu",
    "Dense<2, 8> -> Tanh -> Dense<8, 1>",
    "Dense<2, 8> -> Gelu -> Dense<8, 3> -> Gelu -> Dense<3, 100> -> Softmax -> Dense<100, 2>",
    "Residual { Dense<2, 2> }",
    "Residual { Dense<2, 2> } * 3",
    "Residual { Residual { Dense<2, 2> } }",
    "Residual { Residual { Tanh } -> Residual { Dense<2, 2> } } -> Relu",
    "Residual { Dense<2, 64> -> Relu -> Dense<64, 2> } -> Dense<2, 5> -> Residual { Silu -> Dense<5, 5> }",
    "Residual { Residual { Dense<2, 9> -> Dense<9, 2> } -> Residual { Gelu } * 2 -> Dense<2, 2> } -> Softmax",
    "Dense<2, 8> -> Residual { Flatten -> Relu -> Reshape<2, 4> -> Dense<4, 4> -> Flatten } -> Relu",
];

fn net(stack: &str) -> Model {
    model(&format!("struct Net: [2] {{ {stack} }}"))
}

/// What an element of memory holds: part of a value, and the sum of how many gradients where it is one.
type Mark = (usize, usize);

/// What a step used up or has not added yet.
const OTHER: Mark = (usize::MAX, 0);

/// Memory in which each element knows what it holds.
struct Marks(Vec<Mark>);

impl Marks {
    fn write(&mut self, offset: usize, len: usize, mark: Mark) {
        self.0[offset..offset + len].fill(mark);
    }

    fn read(&self, offset: usize, len: usize, mark: Mark, what: &str) {
        let place = &self.0[offset..offset + len];
        assert!(place.iter().all(|found| *found == mark), "{what}: {place:?}, not {mark:?}");
    }
}

fn disjoint(a: usize, b: usize, a_len: usize, b_len: usize) -> bool {
    a + a_len <= b || b + b_len <= a
}

/// Every value that a step reads is still what its own step wrote.
fn run_forward(plan: &Plan<'_>, place: fn(&Slot) -> usize, len: usize) -> Marks {
    let mut memory = Marks(vec![OTHER; len]);
    let slot = |value: usize| &plan.values[value];
    memory.write(place(plan.input_slot()), plan.input_slot().len, (plan.input_value, 0));
    for Step { name, operands, output, work, .. } in plan.steps {
        let written = [Some(*output), *work].into_iter().flatten();
        for operand in *operands {
            let read = slot(operand.value);
            memory.read(place(read), read.len, (operand.value, 0), name);
            for written in written.clone().map(slot) {
                assert!(disjoint(place(read), place(written), read.len, written.len), "{name}");
            }
        }
        if let (Some(work), output) = (work.map(slot), slot(*output)) {
            assert!(disjoint(place(work), place(output), work.len, output.len), "{name}");
        }
        written.for_each(|written| memory.write(place(slot(written)), slot(written).len, (written, 0)));
    }
    memory.read(place(plan.output_slot()), plan.output_slot().len, (plan.output_value, 0), "output");
    memory
}

/// The same for gradients, last step first: each is the sum over all that read the value when the value's own step reads it. What a step
/// reads of forward's values is still there.
fn run_backward(plan: &Plan<'_>, activations: &Marks) {
    for value in plan.saved() {
        let Slot { train, len, .. } = plan.values[value];
        activations.read(train, len, (value, 0), "saved");
    }
    let mut memory = Marks(vec![OTHER; plan.grad_len]);
    let reads = |value: usize| {
        let operands = plan.steps.iter().flat_map(|step| step.operands);
        operands.filter(|operand| operand.value == value).count() + usize::from(value == plan.output_value)
    };
    memory.write(plan.output_slot().grad, plan.output_slot().len, (plan.output_value, 1));
    for step in plan.steps.iter().rev() {
        let (name, d_output) = (step.name, &plan.values[step.output]);
        memory.read(d_output.grad, d_output.len, (step.output, reads(step.output)), name);
        if step.operands.len() == 1 {
            // A step may use up the gradient of its output.
            memory.write(d_output.grad, d_output.len, OTHER);
        }
        for operand in step.operands {
            let slot = &plan.values[operand.value];
            let place = operand.addend.unwrap_or(slot.grad);
            let is_passed = step.layer.facts().kind == Kind::Sum && place == d_output.grad;
            assert!(is_passed || disjoint(place, d_output.grad, slot.len, d_output.len), "{name}");
            let mut summed = 0;
            if operand.addend.is_some() {
                assert!(disjoint(place, slot.grad, slot.len, slot.len), "{name}");
                summed = memory.0[slot.grad].1;
                memory.read(slot.grad, slot.len, (operand.value, summed), name);
                assert!(summed > 0, "{name} adds to nothing");
            }
            if !is_passed {
                memory.write(place, slot.len, OTHER);
            }
            memory.write(slot.grad, slot.len, (operand.value, summed + 1));
        }
    }
    let input = plan.input_slot();
    memory.read(input.grad, input.len, (plan.input_value, reads(plan.input_value)), "input");
}

#[test]
fn nothing_is_overwritten_before_it_is_read() {
    for stack in NETWORKS {
        let model = net(stack);
        let list = &plan::unroll(&model)[0];
        let layout = Layout::of(list, &[]);
        let plan = &layout.plan("Net");
        let activations = run_forward(plan, |slot| slot.train, plan.train_len);
        run_forward(plan, |slot| slot.infer, plan.infer_len);
        run_backward(plan, &activations);
        for slot in plan.values {
            assert!([slot.train, slot.infer, slot.grad].iter().all(|offset| offset % 4 == 0), "{stack}");
        }
    }
}

/// Graphs whose values live long, as in a U-Net and a DenseNet.
const GRAPHS: &[&str] = &[
    "struct Net: [1, 16, 16] {
        let fine = Conv2d<1, 4, 3, padding = 1> -> Relu;
        let middle = fine -> MaxPool2d<2> -> Conv2d<4, 8, 3, padding = 1> -> Relu;
        let coarse = middle -> MaxPool2d<2> -> Conv2d<8, 16, 3, padding = 1> -> Relu -> Conv2d<16, 8, 3, padding = 1>;
        let up = Concat { middle | coarse -> Twice<8, 4> } -> Conv2d<16, 8, 3, padding = 1> -> Relu -> Conv2d<8, 4, 1>;
        Concat { fine | up -> Twice<4, 8> } -> Conv2d<8, 4, 3, padding = 1> -> Relu -> Conv2d<4, 1, 1>
    }
    block Twice<C, SIDE> {
        Reshape<C * SIDE, SIDE, 1> -> Concat<axis = 2> { | } -> Reshape<C * SIDE, 1, SIDE * 2>
            -> Concat<axis = 1> { | } -> Reshape<C, SIDE * 2, SIDE * 2>
    }",
    "struct Net: [4, 9, 9] {
        Unit<4> -> Unit<10> -> Unit<16> -> Unit<22> -> Conv2d<28, 14, 1> -> AvgPool2d<2>
            -> Unit<14> -> Unit<20> -> Unit<26> -> Conv2d<32, 16, 1> -> GlobalAvgPool -> Dense<16, 10>
    }
    block Unit<C> {
        Concat { | BatchNorm2d<C> -> Relu -> Conv2d<C, 24, 1> -> BatchNorm2d<24> -> Relu -> Conv2d<24, 6, 3, padding = 1> }
    }",
    "struct Net: [3, 8, 8] {
        let a = Conv2d<3, 5, 3, padding = 1> -> Relu;
        let b = a -> MaxPool2d<3, stride = 1, padding = 1>;
        let c = Residual { a -> Conv2d<5, 7, 1> -> Gelu | b -> Conv2d<5, 7, 3, padding = 1> };
        Sum { Product { a | b } -> Conv2d<5, 7, 1> | c | Concat { b | Conv2d<3, 2, 1> } } -> Flatten -> Dense<448, 3>
    }",
];

/// The most that is alive at a time, of values that are read for the last time at these steps.
fn widest(plan: &Plan<'_>, last: &[usize]) -> usize {
    let (mut alive, mut widest) = (vec![plan.input_value], 0);
    for (i, step) in plan.steps.iter().enumerate() {
        alive.extend(iter::once(step.output).chain(step.work));
        widest = widest.max(alive.iter().map(|value| plan.values[*value].len.next_multiple_of(4)).sum());
        alive.retain(|value| last[*value] > i);
    }
    widest
}

/// Each value has its place while it is read, and neither inference nor training needs more memory than what is alive at a time.
#[test]
fn graphs_take_as_much_memory_as_their_widest_cut() {
    for text in GRAPHS {
        let model = model(text);
        let list = &plan::unroll(&model)[0];
        let layout = Layout::of(list, &[]);
        let plan = &layout.plan("Net");
        let activations = run_forward(plan, |slot| slot.train, plan.train_len);
        run_forward(plan, |slot| slot.infer, plan.infer_len);
        run_backward(plan, &activations);
        let mut last = vec![0; plan.values.len()];
        for (i, step) in plan.steps.iter().enumerate() {
            step.operands.iter().for_each(|operand| last[operand.value] = i);
            step.work.iter().for_each(|work| last[*work] = i);
        }
        last[plan.output_value] = plan.steps.len();
        assert_eq!(plan.infer_len, widest(plan, &last), "{text}");
        plan.saved().for_each(|value| last[value] = plan.steps.len());
        assert_eq!(plan.train_len, widest(plan, &last), "{text}");
    }
}

#[test]
fn a_chain_takes_turns_between_two_places() {
    let model = model("struct Net { Dense<8, 8> * 20 }");
    let list = &plan::unroll(&model)[0];
    let layout = Layout::of(list, &[]);
    let plan = &layout.plan("Net");
    assert_eq!((plan.infer_len, plan.grad_len), (16, 16));
    assert_eq!(plan.train_len, 21 * 8);
}

/// What training holds beside what backward reads is no more than what forward needs at its end.
#[test]
fn training_keeps_what_backward_reads() {
    let cases = [
        // A chain: what each `Dense` reads, and the output.
        ("struct Net: [8] { Dense<8, 16> -> Dense<16, 4> }", 8 + 16 + 4),
        // The derivative of `Gelu` follows from what it reads, which no other step needs; that of `Relu` from what it gives.
        ("struct Net: [8] { Dense<8, 16> -> Gelu -> Dense<16, 4> -> Relu }", 8 + 16 + 16 + 4),
        // Neither the input nor what is passed on is kept; the last step needs both of its values.
        ("struct Net: [8, 8] { Permute<1, 0> -> Dropout<0.1> -> Permute<1, 0> }", 128),
        // A block of a ResNet: the input, what `Dense` and the norms read and their statistics, and the sum after `Relu`. Neither of the
        // two values that are added, nor their sum, is kept: the sum takes a place of its own while the last one is read.
        (
            "struct Net: [8] { Residual { Dense<8, 8> -> LayerNorm -> Relu -> Dense<8, 8> -> LayerNorm } -> Relu }",
            8 + (8 + 4 + 8) + (8 + 4) + 8 + 8,
        ),
        // The same without norms: the input, the hidden layer, the last `Relu`; and the branch while it is added.
        ("struct Net: [8] { Residual { Dense<8, 32> -> Relu -> Dense<32, 8> } -> Relu }", 8 + 32 + 8 + 8),
    ];
    for (text, expected) in cases {
        let model = model(text);
        let list = &plan::unroll(&model)[0];
        let layout = Layout::of(list, &[]);
        assert_eq!(layout.plan("Net").train_len, expected, "{text}");
    }
}

#[test]
fn parameters_are_padded_and_named_as_in_pytorch() {
    let model =
        net("a: Dense<2, 3> -> Relu -> Dense<3, 3, bias = false> * 2 -> b: Residual { Dense<3, 3> } * 2 -> Relu");
    let list = &plan::unroll(&model)[0];
    let layout = Layout::of(list, &[]);
    let plan = &layout.plan("Net");
    let found: Vec<_> = plan.params.iter().map(|param| (param.name, param.offset)).collect();
    let expected = [
        ("a.weight", 0),
        ("a.bias", 8),
        ("2.weight", 12),
        ("3.weight", 24),
        ("b.0.0.weight", 36),
        ("b.0.0.bias", 48),
        ("b.1.0.weight", 52),
        ("b.1.0.bias", 64),
    ];
    assert_eq!(found, expected);
    assert_eq!((plan.weights_len, plan.parameters()), (68, 9 + 2 * 9 + 2 * 12));
}

#[test]
fn activations_join_the_layer_before_them() {
    let cases: &[(&str, &[&str])] = &[
        ("Dense<2, 8> -> Relu", &["0+"]),
        ("Dense<2, 8> -> Flatten -> Reshape<2, 4> -> Sigmoid", &["0+"]),
        ("Dense<2, 8> -> Tanh -> LeakyRelu", &["0+", "2"]),
        ("Dense<2, 8> -> Silu -> Relu", &["0", "1", "2"]),
        ("Dense<2, 2> -> Residual { Relu } -> Relu", &["0", "1.0", "1", "2"]),
        ("Residual { Dense<2, 2> -> Relu }", &["0.0+", "0"]),
    ];
    for (stack, expected) in cases {
        let model = net(stack);
        let list = &plan::unroll(&model)[0];
        let layout = Layout::of(list, &[]);
        let plan = &layout.plan("Net");
        let fused = |step: &Step<'_>| {
            let Kind::MatrixProduct(product) = step.layer.facts().kind else { return false };
            product.activation.is_some_and(|activation| activation != Activation::Identity)
        };
        let found: Vec<_> =
            plan.steps.iter().map(|step| format!("{}{}", step.name, if fused(step) { "+" } else { "" })).collect();
        assert_eq!(found, *expected, "{stack}");
    }
}

#[test]
fn each_random_layer_has_its_own_stream() {
    let model = model("struct Net { Dense<2, 2> -> Block * 2 -> Dropout<0.1> } struct Block: [2] { Dropout<0.5> }");
    let list = &plan::unroll(&model)[0];
    let layout = Layout::of(list, &[]);
    let plan = &layout.plan("Net");
    let random = plan.steps.iter().filter(|step| step.layer.facts().output == Output::Random);
    let streams: Vec<_> = random.map(|step| format!("{:?}", step.layer)).collect();
    assert_eq!(streams.len(), 3);
    assert!(
        streams.iter().zip(0..).all(|(layer, stream)| layer.contains(&format!("stream: {stream} "))),
        "{streams:?}"
    );
}
