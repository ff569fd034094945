//! Plans that `network!` did not write: each is refused, or runs without a panic. Where debug assertions are on, as in these
//! tests, a sum that wraps and a slice that is too short are panics; AddressSanitizer sees the rest.

use super::{Argument, Op, Operand, Param, Plan, PlanExt, Port, Role, Slot, Start, Step, Table};
use crate::kernels::columns::image_room;
use crate::kernels::parameters::Parameters;
use crate::kernels::{Buffer, Threads};
use crate::layers::operator::{Mode, Operator};
use crate::layers::*;
use crate::network;
use crate::numerics::arith::{Arith, Binary64, Fused, Split};
use crate::numerics::random::Seed;
use crate::run::exec::{Gradients, Keep, Pass, backward, forward, infer};
use crate::run::shader::{Shader, Shaders};
use crate::shaders::Phase;
use crate::training::optim::Average;
use loom_ir::facts::{Factors, Kind, MatrixProduct};
use loom_ir::{Inputs, Sizes, ValueMut, count};
use std::iter;

network! {
    struct Denses: [3, 4] { Dense<4, 7> -> LeakyRelu -> Dense<7, 2, bias = false> -> Gelu -> Softmax }
    struct Convolutions: [2, 7, 9] {
        Conv2d<2, 3, (3, 2), stride = (2, 1), padding = 1> -> Tanh -> MaxPool2d<2> -> AvgPool2d<2, stride = 1>
            -> Conv2d<3, 2, 1, bias = false> -> GlobalAvgPool
    }
    struct Rows: [3, 11] {
        Conv1d<3, 4, 3, stride = 2, padding = 2, dilation = 2> -> GroupNorm<2, 4> -> Transpose -> Mean
    }
    struct Recurrent: [4, 3] { Rnn<3, 5> -> Lstm<5, 6> -> Gru<6, 4> -> Last }
    struct Attentive: [5] {
        Embedding<9, 6> -> SinusoidalPositions -> MultiHeadAttention<6, 3, causal = true, rotary = true> -> LearnedPositions
            -> Residual { LayerNorm -> SwiGlu<6, hidden = 5> -> Dropout<0.25> } -> RmsNorm
    }
    struct Residuals: [2, 3, 4] {
        Residual { BatchNorm2d<2> -> Residual { Conv2d<2, 2, 3, padding = 1> -> Relu } -> BatchNorm2d<2> } -> Flatten
            -> Dense<24, 3>
    }
    struct Graph: [2, 3, 4] {
        let a = Conv2d<2, 3, 3, padding = 1> -> Relu;
        let b = Sum { a | a -> BatchNorm2d<3> | input -> Conv2d<2, 3, 1> };
        Concat<axis = 1> { Product { a | b } | b | a -> MaxPool2d<2, stride = 1, padding = (0, 1)> -> Conv2d<3, 3, (1, 2)> }
    }
    struct Moved: [3, 5, 4] { Slice<1, 1, 4> }
    struct Turned: [3, 5, 4] { Permute<2, 1, 0> }
    struct Bordered: [2, 3, 4] {
        Pad<(1, 0), (2, 1), value = 0.5> -> Pad<(1, 3), (2, 1), reflect = true>
            -> Pad<(2, 0), (0, 1), (3, 2), replicate = true>
    }
    struct Nothing: [2, 3] { Flatten }
    struct Shared: [6] {
        let words = tokens: Embedding<9, 4> -> tower: Tower -> tower;
        Sum { words | words -> step: Dense<4, 4> -> step -> Conv1d<6, 6, 1> } -> Dense<4, 9, tied = tokens>
    }
    fn bent<C>(x, slope: Param<[C, 1]>) {
        let y = max(x, slope * x) + sigmoid(x) / (1.0 + square(x));
        y * softmax(y, axis = 1) - select(x < 0.5, mean(y, axis = 0), max(y))
    }
    fn paired(x) { matmul(x, transpose(x)) }
    struct Functions: [3, 4] { transpose(input) * 2.0 - 1.0 -> Transpose -> bent<3> -> Dense<4, 4> -> bent<3> -> paired }
    struct Chosen: [3, 4] {
        let kinds = one_hot(argmax(input, axis = 1), 5);
        gather(kinds, argmax(input, axis = 1, keep = true), axis = 1)
    }
    fn curved(x) { x * tanh(x) }
    struct First: [4] { curved -> Dense<4, 3> -> curved }
    struct Noisy: [4] { input + normal(input) * uniform(input) }
    struct Averages: [2, 4, 5] { BatchNorm2d<2> -> norm: BatchNorm2d<2> -> MaxPool2d<2> -> Relu -> norm -> Softmax -> norm }
    struct Tower: [6, 4] { conv: Conv1d<6, 6, 3, padding = 1> -> LayerNorm -> Lstm<4, 4> -> LearnedPositions }
}

const PLANS: [&Plan; 17] = [
    Denses::PLAN,
    Convolutions::PLAN,
    Rows::PLAN,
    Recurrent::PLAN,
    Attentive::PLAN,
    Residuals::PLAN,
    Graph::PLAN,
    Moved::PLAN,
    Turned::PLAN,
    Bordered::PLAN,
    Nothing::PLAN,
    Shared::PLAN,
    Functions::PLAN,
    Averages::PLAN,
    Chosen::PLAN,
    Noisy::PLAN,
    First::PLAN,
];

#[test]
fn every_layer_is_in_a_plan() {
    macro_rules! names {
        ($($layer:ident)*) => { [$(stringify!($layer)),*] };
    }
    let steps = || PLANS.iter().flat_map(|plan| plan.steps);
    for name in loom_ir::for_each_layer!(names) {
        assert!(steps().any(|step| step.layer.description().name() == name), "no plan has `{name}`");
    }
}

/// SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
struct Random(u64);

impl Random {
    fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.word() % bound as u64) as usize
    }

    fn one_in(&mut self, chances: usize) -> bool {
        self.below(chances) == 0
    }

    fn pick<T: Copy>(&mut self, values: &[T]) -> T {
        values[self.below(values.len())]
    }

    /// A number in place of another.
    fn number(&mut self, old: usize) -> usize {
        match self.below(4) {
            0 => self.pick(&EXTREMES),
            1 => self.below(13),
            2 => old.wrapping_add(self.pick(&[1, 4, usize::MAX, usize::MAX - 3])),
            _ => self.pick(&[old.wrapping_mul(2), old / 2, old.wrapping_neg(), !old]),
        }
    }

    fn float(&mut self) -> f32 {
        self.pick(&[0.0, -0.0, -1.0, 1.0, 0.5, 1e-30, f32::MAX, f32::INFINITY, f32::NEG_INFINITY, f32::NAN])
    }
}

/// Numbers whose sums and products wrap.
const EXTREMES: [usize; 10] = [
    0,
    usize::MAX,
    usize::MAX - 1,
    usize::MAX - 3,
    usize::MAX / 2,
    usize::MAX / 2 + 1,
    usize::MAX / 4 + 1,
    1 << (usize::BITS / 2),
    (1 << (usize::BITS / 2)) - 1,
    1 << (usize::BITS / 2 - 1),
];

/// Values that a plan's buffers may have here, so that what is sound but large takes no memory.
const MOST: usize = 1 << 16;

/// Runs a plan that passes its check: forward, backward and inference. Whether it does pass.
fn runs(plan: Plan) -> bool {
    if plan.check().is_err() {
        return false;
    }
    let rooms = plan.steps.iter().map(|step| match step.layer.facts().kind {
        Kind::MatrixProduct(MatrixProduct { factors: Factors::Windows(conv), .. }) => image_room(&conv),
        _ => 0,
    });
    for Average { running, batch, len, .. } in Average::all(&plan) {
        assert!((plan.trained_len..=plan.weights_len - len).contains(&running), "{}", plan.name);
        assert!((plan.trained_len..=plan.d_weights_len() - len).contains(&batch), "{}", plan.name);
    }
    let lens = [plan.d_weights_len(), plan.train_len, plan.infer_len, plan.grad_len, plan.scratch_len()];
    if lens.into_iter().chain(rooms).all(|len| len <= MOST) {
        for (batch, mode) in
            [(3, Mode::Training { seed: Seed(1), step: 2 }), (1, Mode::Inference), (0, Mode::Inference)]
        {
            pass::<Fused>(&plan, batch, mode);
            pass::<Split>(&plan, batch, mode);
            pass::<Binary64>(&plan, batch, mode);
        }
    }
    true
}

fn pass<A: Arith>(plan: &Plan, batch: usize, mode: Mode) {
    let threads = Threads::new(1);
    let pass = Pass { plan, batch, mode, threads: &threads };
    let values = |len: usize| {
        let mut values = Buffer::<A::T>::zeroed(len);
        values
            .iter_mut()
            .enumerate()
            .for_each(|(i, x)| *x = crate::numerics::arith::Element::from_f32((i % 7) as f32 - 2.5));
        values
    };
    let (weights, input) = (values(plan.weights_len), values(plan.input_slot().len * batch));
    let parameters = Parameters::flat(&weights);
    let mut activations = values(Keep::All.len(plan, batch));
    activations[Keep::All.input(plan, batch)].copy_from_slice(&input);
    forward::<A>(pass, Keep::All, parameters, &mut activations);

    let mut gradients = Gradients::default();
    gradients.grow(plan, batch).expect("there is memory");
    for wants_input in [true, false] {
        gradients.slots[Gradients::<A::T>::output(plan, batch)].fill(crate::numerics::arith::Element::from_f32(0.5));
        backward::<A>(pass, &weights, &activations, &mut gradients, wants_input);
    }

    let (mut live, mut output) = (values(Keep::Live.len(plan, batch)), values(plan.output_slot().len * batch));
    // The input is read where it lies.
    live.fill(crate::numerics::arith::Element::from_f32(f32::NAN));
    infer::<A>(pass, parameters, &mut live, Some(&input), &mut output);
    if mode == Mode::Inference {
        let expected = &activations[Keep::All.output(plan, batch)];
        assert_eq!(bytemuck::cast_slice::<_, u8>(&output), bytemuck::cast_slice::<_, u8>(expected), "{}", plan.name);
    }
}

/// A layer's sizes, and its other numbers.
fn fields(layer: &mut Layer) -> (Vec<&mut usize>, Vec<&mut f32>) {
    let (mut sizes, mut numbers) = (Vec::new(), Vec::new());
    layer.fields_mut().for_each_mut(&mut |field| match field {
        ValueMut::Size(size) => sizes.push(size),
        ValueMut::Number(number) | ValueMut::Activation(Activation::LeakyRelu { slope: number }) => {
            numbers.push(number)
        }
        ValueMut::Activation(_) => {}
    });
    (sizes, numbers)
}

fn leak<T>(values: Vec<T>) -> &'static [T] {
    values.leak()
}

/// Changes something of a plan.
fn mutate(plan: &mut Plan, random: &mut Random) {
    let (mut params, mut steps) = (plan.params.to_vec(), plan.steps.to_vec());
    let (mut tables, mut values) = (plan.tables.to_vec(), plan.values.to_vec());
    match random.below(13) {
        12 => mutate_program(plan, &mut steps, random),
        0 => {
            let lens = [
                &mut plan.trained_len,
                &mut plan.weights_len,
                &mut plan.train_len,
                &mut plan.infer_len,
                &mut plan.grad_len,
            ];
            let len = lens.into_iter().nth(random.below(5)).expect("there are five");
            *len = random.number(*len);
        }
        1 if !params.is_empty() => {
            let index = random.below(params.len());
            let other = params[random.below(params.len())];
            let param = &mut params[index];
            match random.below(7) {
                0 => param.offset = random.number(param.offset),
                1 => param.name = random.pick(&["", other.name, "another"]),
                2 => param.role = random.pick(&[Role::Weight, Role::Bias, Role::Statistic]),
                3 => param.fan_in = random.number(param.fan_in),
                4 => *param = other,
                5 => param.shape = other.shape,
                _ => {
                    let mut shape = param.shape.to_vec();
                    let at = random.below(shape.len().max(1));
                    shape.get_mut(at).into_iter().for_each(|size| *size = random.number(*size));
                    param.shape = leak(if random.one_in(8) { Vec::new() } else { shape });
                }
            }
        }
        2 if !tables.is_empty() => {
            let table = &mut tables[0];
            let Table { offset, steps, features } = table;
            let number = [offset, steps, features].into_iter().nth(random.below(3)).expect("there are three");
            *number = random.number(*number);
        }
        3 if !steps.is_empty() => {
            let (a, b) = (random.below(steps.len()), random.below(steps.len()));
            match random.below(4) {
                0 => steps.swap(a, b),
                1 => drop(steps.remove(a)),
                2 => steps.insert(a, steps[b]),
                _ => steps[a].layer = steps[b].layer,
            }
        }
        4..=7 if !steps.is_empty() => {
            let at = random.below(steps.len());
            let (mut sizes, floats) = fields(&mut steps[at].layer);
            if random.one_in(8) && !floats.is_empty() {
                *floats.into_iter().next().expect("there is one") = random.float();
            } else {
                let at = random.below(sizes.len());
                *sizes[at] = random.number(*sizes[at]);
            }
        }
        8 => {
            let value = random.pick(&[plan.input_value, plan.output_value, 0, usize::MAX]);
            *if random.one_in(2) { &mut plan.input_value } else { &mut plan.output_value } = value;
        }
        9 if !steps.is_empty() => {
            let at = random.below(steps.len());
            let other = steps[random.below(steps.len())];
            let index = random.pick(&[other.operands.first().map_or(0, |operand| operand.value), other.output]);
            let index = random.number(index);
            let step = &mut steps[at];
            match random.below(7) {
                0 => {
                    let mut operands = random.pick(&[step.operands, other.operands]).to_vec();
                    let addend = values[random.below(values.len())].grad;
                    match (random.below(5), operands.last_mut()) {
                        (0, Some(last)) => last.value = index,
                        (1, Some(last)) => last.addend = random.pick(&[None, Some(addend), Some(index)]),
                        (2, Some(&mut last)) => operands.push(last),
                        (3, _) => drop(operands.pop()),
                        _ => operands.reverse(),
                    }
                    step.operands = leak(operands);
                }
                1 | 2 => step.output = index,
                3 => step.work = random.pick(&[None, Some(index), other.work]),
                4 => step.table = random.pick(&[None, Some(index), other.table]),
                5 => {
                    let mut places = random.pick(&[step.d_params, other.d_params, other.params, &[]]).to_vec();
                    let at = random.below(places.len().max(1));
                    places.get_mut(at).into_iter().for_each(|place| *place = random.number(*place));
                    step.d_params = leak(places);
                }
                _ => {
                    let mut own = random.pick(&[step.params, other.params]).to_vec();
                    let at = random.below(own.len().max(1));
                    own.get_mut(at).into_iter().for_each(|param| *param = random.number(*param));
                    step.params = leak(own);
                }
            }
        }
        _ if !values.is_empty() && !steps.is_empty() => {
            let at = random.below(values.len());
            let other = values[random.below(values.len())];
            let slot = &mut values[at];
            match random.below(5) {
                0 => slot.len = random.number(slot.len),
                1 => slot.train = random.number(slot.train),
                2 => slot.infer = random.number(slot.infer),
                3 => slot.grad = random.number(slot.grad),
                _ => *slot = other,
            }
        }
        _ => {
            let shapes: &[&[usize]] = &[&[], &[0], &[6], &[usize::MAX, 2]];
            let port = Port { name: "input", shape: random.pick(shapes) };
            plan.inputs = random.pick(&[&[], leak(vec![port]), leak(vec![port, port]), plan.outputs]);
        }
    }
    (plan.params, plan.steps) = (leak(params), leak(steps));
    (plan.tables, plan.values) = (leak(tables), leak(values));
}

/// Changes something of a program, or which one a step has.
fn mutate_program(plan: &mut Plan, steps: &mut [Step], random: &mut Random) {
    let mut programs = plan.programs.to_vec();
    let Some(at) = (!programs.is_empty()).then(|| random.below(programs.len())) else { return };
    let other = programs[random.below(plan.programs.len())];
    let program = &mut programs[at];
    let mut arguments = program.arguments.to_vec();
    match random.below(8) {
        0 | 1 if !arguments.is_empty() => {
            let at = random.below(arguments.len());
            let argument = &mut arguments[at];
            let Argument { inner, len, span, outer } = argument;
            let number = [inner, len, span, outer].into_iter().nth(random.below(4)).expect("there are four");
            *number = random.number(*number);
        }
        2 => drop(arguments.pop()),
        3 => program.constants = random.pick(&[&[], &[f32::NAN], other.constants]),
        4 => program.registers = random.number(program.registers),
        5 => {
            program.forward =
                random.pick(&[&[], other.forward, program.forward.split_last().map_or(&[][..], |(_, rest)| rest)])
        }
        6 => program.gradients = random.pick(&[&[], other.gradients]),
        // An earlier change may have left none.
        _ if program.forward.is_empty() => {}
        _ => {
            let mut forward = program.forward.to_vec();
            let at = random.below(forward.len());
            let mut of = forward[at].of.to_vec();
            match random.below(3) {
                0 => forward[at].to = random.number(forward[at].to),
                1 => forward[at].op = random.pick(Op::ALL),
                _ => {
                    let at = random.below(of.len());
                    of[at] = random.number(of[at]);
                }
            }
            forward[at].of = leak(of);
            program.forward = leak(forward);
        }
    }
    program.arguments = leak(arguments);
    plan.programs = leak(programs);
    let step = random.below(steps.len());
    if random.one_in(8) {
        steps[step].program = random.pick(&[None, Some(0), Some(usize::MAX), steps[0].program]);
    }
}

/// An input or output of so many values.
fn ports(len: usize) -> &'static [Port<'static>] {
    leak(vec![Port { name: "", shape: leak(vec![len]) }])
}

/// How many plans each test makes.
const PLANS_OF_EACH: usize = 4000;

#[test]
fn mutated_plans_are_refused_or_run() {
    let mut random = Random(1);
    for original in PLANS {
        assert!(runs(*original), "{}: {:?}", original.name, original.check());
        let (mut refused, mut run) = (0, 0);
        for _ in 0..PLANS_OF_EACH {
            let mut plan = *original;
            (0..random.pick(&[1, 1, 2, 3])).for_each(|_| mutate(&mut plan, &mut random));
            *if runs(plan) { &mut run } else { &mut refused } += 1;
        }
        assert!(refused > PLANS_OF_EACH / 2 && run > 0, "{}: {refused} refused, {run} run", original.name);
    }
}

/// A layer of any sizes, mostly small, with a window whose positions mostly fit.
fn layer(random: &mut Random) -> Layer {
    let plans = PLANS.iter().flat_map(|plan| plan.steps);
    let plans: Vec<Layer> = plans.map(|step| step.layer).collect();
    let mut layer = random.pick(&plans);
    let (sizes, floats) = fields(&mut layer);
    for size in sizes {
        match random.below(24) {
            0 => *size = random.pick(&EXTREMES),
            1..10 => *size = 1 + random.below(7),
            _ => {}
        }
    }
    for float in floats {
        if random.one_in(12) {
            *float = random.float();
        }
    }
    if let Layer::Conv2d(Conv2d { window, .. })
    | Layer::MaxPool2d(MaxPool2d { window, .. })
    | Layer::AvgPool2d(AvgPool2d { window, .. }) = &mut layer
    {
        for axis in 0..2 {
            let Window { image, kernel, stride, padding, dilation, .. } = *window;
            if random.one_in(8) {
                // Wide margins, long strides.
                window.stride[axis] = random.pick(&EXTREMES);
                window.padding[axis] = random.below(40);
            }
            if random.one_in(12) {
                continue;
            }
            // As one would count them who does not look.
            let span = kernel[axis].wrapping_sub(1).wrapping_mul(dilation[axis]).wrapping_add(1);
            let padded = image[axis].wrapping_add(padding[axis].wrapping_mul(2));
            let steps = padded.wrapping_sub(span).checked_div(stride[axis]).unwrap_or(0);
            window.positions[axis] = steps.wrapping_add(1);
        }
    }
    layer
}

/// Values of an input, of which a layer of several inputs has two.
fn input_len(inputs: Inputs) -> usize {
    match inputs {
        Inputs::One(len) | Inputs::Alike(len) | Inputs::Two(len, _) => len,
        Inputs::Rows(rows, len) => rows.wrapping_mul(len / 2),
        Inputs::None | Inputs::Program => 4,
    }
}

/// A plan of some layers, if they have sizes at all.
fn plan_of(layers: &[Layer]) -> Option<Plan> {
    let (mut steps, mut params, mut values) = (Vec::new(), Vec::new(), Vec::new());
    let mut lens = [0_usize; 4];
    let mut place = |buffers: &[usize], len: usize| {
        let mut starts = [0; 4];
        for &buffer in buffers {
            starts[buffer] = lens[buffer];
            lens[buffer] = lens[buffer].checked_add(len)?.checked_next_multiple_of(4)?;
        }
        let [train, infer, grad, weights] = starts;
        Some((Slot { len, train, infer, grad }, weights))
    };
    values.push(place(&[0, 1, 2], input_len(layers[0].description().sizes()?.inputs))?.0);
    let (mut input, mut tables) = (0, Vec::new());
    for layer in layers {
        let Sizes { inputs, output, work, table, .. } = layer.description().sizes()?;
        let (mut reads, mut own) = (Vec::new(), Vec::new());
        layer.description().params(&mut |read| reads.push(read));
        for read in reads {
            let offset = place(&[3], count(&read.shape)?)?.1;
            own.push(params.len());
            let name: &str = format!("{}", params.len()).leak();
            let (shape, role) = (leak(read.shape.to_vec()), read.role);
            params.push(Param { name, shape, offset, role, start: Start::Zeros, fan_in: 1, fan_out: 1 });
        }
        let table = match table {
            Some([steps, features]) => {
                let offset = place(&[3], count(&[steps, features])?)?.1;
                tables.push(Table { offset, steps, features });
                Some(tables.len() - 1)
            }
            None => None,
        };
        let mut value = |slot: Slot| {
            values.push(slot);
            values.len() - 1
        };
        let work = if work == 0 { None } else { Some(value(place(&[0, 1], work)?.0)) };
        let output = value(place(&[0, 1, 2], output)?.0);
        let mut operands = vec![Operand { value: input, addend: None }];
        if inputs == Inputs::None {
            operands.clear();
        } else if !matches!(inputs, Inputs::One(_)) {
            operands.push(Operand { value: input, addend: Some(place(&[2], input_len(inputs))?.0.grad) });
        }
        let (params, operands) = (leak(own), leak(operands));
        steps.push(Step {
            name: "0",
            layer: *layer,
            operands,
            output,
            work,
            params,
            d_params: &[],
            table,
            program: None,
        });
        input = output;
    }
    let trained = params.iter().filter(|param: &&Param| param.role != Role::Statistic);
    let trained_len = trained.map(|param| param.range().end.next_multiple_of(4)).max().unwrap_or(0);
    Some(Plan {
        name: "Any",
        inputs: ports(values[0].len),
        outputs: ports(values[input].len),
        params: leak(params),
        trained_len,
        tables: leak(tables),
        programs: &[],
        weights_len: lens[3],
        values: leak(values),
        steps: leak(steps),
        input_value: 0,
        output_value: input,
        train_len: lens[0],
        infer_len: lens[1],
        grad_len: lens[2],
    })
}

#[test]
fn layers_of_any_sizes_are_refused_or_run() {
    let mut random = Random(2);
    let (mut refused, mut run) = (0, 0);
    for _ in 0..8 * PLANS_OF_EACH {
        let layer = layer(&mut random);
        // Behind another, since the first step has no gradient of its input in training.
        let before = layer
            .description()
            .sizes()
            .map(|sizes| Elementwise { len: input_len(sizes.inputs), activation: Activation::Silu });
        let plan = before.and_then(|before| plan_of(&[Layer::Elementwise(before), layer]));
        *if plan.is_some_and(runs) { &mut run } else { &mut refused } += 1;
    }
    assert!(refused > PLANS_OF_EACH && run > PLANS_OF_EACH, "{refused} refused, {run} run");
}

#[test]
fn numbers_that_wrap_are_refused() {
    let expect = |plan: Plan, fault: &str| {
        let error = plan.check().expect_err(fault).to_string();
        assert_eq!(error, format!("the plan of `{}` cannot run: {fault}", plan.name));
    };
    let with_window = |change: fn(&mut Window)| {
        let mut steps = Convolutions::PLAN.steps.to_vec();
        let Layer::Conv2d(conv) = &mut steps[0].layer else { panic!("the first layer is a convolution") };
        change(&mut conv.window);
        Plan { steps: leak(steps), ..*Convolutions::PLAN }
    };
    let sizes = "step `0`: its layer has a size that is 0, too large, or contradicts another";
    expect(with_window(|window| window.stride = [usize::MAX, 1]), sizes);
    // One position down: a stride that long goes nowhere, but reaches beyond all numbers on the way.
    expect(with_window(|window| (window.stride, window.positions[0]) = ([usize::MAX, 1], 1)), sizes);
    expect(with_window(|window| window.stride = [0, 1]), sizes);
    expect(with_window(|window| window.padding = [usize::MAX / 2 + 1, 1]), sizes);
    expect(with_window(|window| window.dilation = [usize::MAX / 2 + 1, 1]), sizes);
    expect(with_window(|window| window.kernel = [0, 2]), sizes);

    let mut values = Denses::PLAN.values.to_vec();
    values[Denses::PLAN.steps[0].output].train = usize::MAX - 3;
    expect(Plan { values: leak(values), ..*Denses::PLAN }, "step `0`: a slot ends beyond what can be counted");
    let mut params = Denses::PLAN.params.to_vec();
    params[1].offset = usize::MAX;
    let fault = "parameter `0.bias`: it does not begin where the one before it ends";
    expect(Plan { params: leak(params), ..*Denses::PLAN }, fault);
    expect(Plan { train_len: 0, ..*Denses::PLAN }, "the slots: the last does not end where its buffer does");
}

/// A value may lie where another lay only once that is no longer read: by a later step, or by backward.
#[test]
fn values_that_are_still_to_be_read_are_not_overwritten() {
    let plan = Denses::PLAN;
    let [first, second, gelu, softmax] = [0, 1, 2, 3].map(|step| plan.steps[step].output);
    let with = |value: usize, change: fn(&mut Slot, Slot), other: usize| {
        let mut values = plan.values.to_vec();
        change(&mut values[value], plan.values[other]);
        let end =
            |place: fn(&Slot) -> usize| values.iter().map(|slot| place(slot) + slot.len.next_multiple_of(4)).max();
        let [train_len, infer_len] =
            [end(|slot| slot.train), end(|slot| slot.infer)].map(|end| end.expect("there are values"));
        Plan { values: leak(values), train_len, infer_len, ..*plan }.check().map_err(|error| error.to_string())
    };
    let (infer, train) =
        (|slot: &mut Slot, at: Slot| slot.infer = at.infer, |slot: &mut Slot, at: Slot| slot.train = at.train);
    let refused = |step: &str| {
        let fault = "it writes to where a value lies that is still to be read";
        Err(format!("the plan of `Denses` cannot run: step `{step}`: {fault}"))
    };
    // Each `Dense` reads its input in backward, and `Gelu` does, but `Softmax` reads its output.
    assert_eq!(with(second, infer, plan.input_value), Ok(()));
    assert_eq!(with(second, train, plan.input_value), refused("2"));
    assert_eq!(with(gelu, train, first), refused("3"));
    assert_eq!(with(gelu, infer, second), refused("3"));
    assert_eq!(with(softmax, train, second), refused("4"));
    assert_eq!(with(softmax, train, gelu), refused("4"));
    assert_eq!(with(softmax, infer, gelu), refused("4"));
}

/// A kernel of a GPU finds a row of codes by the parameter's own shape, and asks for it by the layer's.
#[test]
fn positions_of_another_shape_are_refused() {
    let at =
        Attentive::PLAN.params.iter().position(|param| param.name == "3.weight").expect("there are learned positions");
    let with_shape = |shape: &[usize]| {
        let mut params = Attentive::PLAN.params.to_vec();
        params[at].shape = leak(shape.to_vec());
        Plan { params: leak(params), ..*Attentive::PLAN }.check()
    };
    assert_eq!(with_shape(&[5, 6]), Ok(()));
    for shape in [&[1, 30][..], &[6, 5], &[30, 1], &[30]] {
        let error = with_shape(shape).expect_err("it has as many values, but not where the layer looks").to_string();
        let fault = "step `3`: what it reads is not the next parameter of the plan, nor one that an earlier step reads";
        assert_eq!(error, format!("the plan of `Attentive` cannot run: {fault}"), "{shape:?}");
    }
}

/// The launches of a layer are those of forward and then those of backward.
#[test]
fn launches_are_of_forward_and_then_of_backward() {
    let mut random = Random(3);
    let steps = PLANS.iter().flat_map(|plan| plan.steps).map(|step| step.layer);
    let layers = steps.chain(iter::repeat_with(|| layer(&mut random)).take(PLANS_OF_EACH));
    for layer in layers.filter(|layer| layer.description().sizes().is_some()) {
        let phases = layer.launches().iter().map(|launch| launch.kernel.phase).collect::<Vec<_>>();
        let of_passes = |phase: &Phase| matches!(phase, Phase::Forward | Phase::Backward);
        assert!(phases.iter().all(of_passes) && phases.is_sorted(), "{layer:?}: {phases:?}");
    }
}

/// What runs on a GPU without checks: no number wraps in 32 bits.
#[test]
fn large_numbers_may_wrap() {
    for plan in PLANS {
        assert!(plan.shaders().iter().all(Shader::cannot_wrap), "{}", plan.name);
    }
    network! {
        struct Padded: [1, 1, 2] { MaxPool2d<(1, 2_147_483_648), stride = 1, padding = (0, 1_073_741_824)> }
    }
    assert_eq!(Padded::PLAN.check(), Ok(()));
    assert!(!Padded::PLAN.shaders()[0].cannot_wrap());
}

/// `Residual { Dense<4, LEN> }`, which fits only where LEN is 4.
fn residual(dense: &Plan) -> Plan {
    let Layer::Dense(layer) = dense.steps[0].layer else { panic!("the layer is a `Dense`") };
    let len = layer.outputs;
    let slot = |len, at| Slot { len, train: at, infer: at, grad: at };
    let values = vec![slot(4, 0), slot(len, 4), slot(len, 4 + len)];
    let set = |value| Operand { value, addend: None };
    let sum = [set(1), set(0)];
    let dense_operand = [Operand { value: 0, addend: Some(4 + 2 * len) }];
    let step = Step {
        name: "sum",
        layer: Layer::Sum(Sum { len }),
        operands: leak(sum.to_vec()),
        output: 2,
        work: None,
        params: &[],
        d_params: &[],
        table: None,
        program: None,
    };
    let steps = vec![Step { operands: leak(dense_operand.to_vec()), ..dense.steps[0] }, step];
    Plan {
        name: "Arms",
        outputs: ports(len),
        values: leak(values),
        steps: leak(steps),
        input_value: 0,
        output_value: 2,
        train_len: 4 + 2 * len,
        infer_len: 4 + 2 * len,
        grad_len: 8 + 2 * len,
        ..*dense
    }
}

#[test]
fn arms_of_other_lengths_are_refused() {
    network! {
        struct Even { Dense<4, 4> }
        struct Odd { Dense<4, 8> }
    }
    assert_eq!(residual(Even::PLAN).check(), Ok(()));
    let error = residual(Odd::PLAN).check().expect_err("a sum of 4 and 8 values");
    let fault = "its slots are not as long as its layer's sizes say";
    assert_eq!(error.to_string(), format!("the plan of `Arms` cannot run: step `sum`: {fault}"));
}

/// What a step adds to a gradient lies behind all parameters, and the last step that reads a parameter sets its gradient.
#[test]
fn gradients_of_shared_parameters_are_set_once() {
    network! { struct Twice { a: Dense<4, 4> -> a } }
    let with = |d_params: [&[usize]; 2]| {
        let mut steps = Twice::PLAN.steps.to_vec();
        steps.iter_mut().zip(d_params).for_each(|(step, d_params)| step.d_params = leak(d_params.to_vec()));
        Plan { steps: leak(steps), ..*Twice::PLAN }.check().map_err(|error| error.fault)
    };
    assert_eq!(with([&[20, 36], &[]]), Ok(()));
    assert_eq!(with([&[40, 20], &[0, 16]]), Ok(()));
    let set = "it sets a parameter's gradient that is set, or adds to one that is not";
    assert_eq!(with([&[], &[]]), Err(set));
    assert_eq!(with([&[20, 36], &[20, 36]]), Err(set));
    assert_eq!(with([&[20, 16], &[]]), Err(set));
    let behind = "what it leaves of a parameter's gradient does not lie behind all parameters";
    assert_eq!(with([&[16, 36], &[]]), Err(behind));
    assert_eq!(with([&[22, 40], &[]]), Err(behind));
    assert_eq!(with([&[usize::MAX - 3, 20], &[]]), Err(behind));
    assert_eq!(with([&[20, 32], &[]]), Err("what it leaves of parameters' gradients overlaps"));
    assert_eq!(with([&[20], &[]]), Err("it has not as many places for gradients as parameters"));
}

/// What running means move towards is there to the end of backward. Its parts begin at 0, 4, 8 and 12.
#[test]
fn running_means_move_towards_what_stays() {
    network! { struct Thrice: [1, 2, 2] { a: BatchNorm2d<1> -> a -> a } }
    let with = |d_params: [&[usize]; 3]| {
        let mut steps = Thrice::PLAN.steps.to_vec();
        steps.iter_mut().zip(d_params).for_each(|(step, d_params)| step.d_params = leak(d_params.to_vec()));
        Plan { steps: leak(steps), ..*Thrice::PLAN }.check().map_err(|error| error.fault)
    };
    let [first, second] = [&[32, 36, 16, 20][..], &[32, 36, 24, 28]];
    assert_eq!(Thrice::PLAN.steps.iter().map(|step| step.d_params).collect::<Vec<_>>(), [first, second, &[]]);
    assert_eq!(with([first, second, &[]]), Ok(()));
    assert_eq!(with([second, first, &[0, 4, 8, 12]]), Ok(()));
    let set = "it sets a parameter's gradient that is set, or adds to one that is not";
    assert_eq!(with([first, &[32, 36, 8, 12], &[]]), Err(set));
    assert_eq!(with([first, second, &[0, 4, 40, 12]]), Err(set));
    let behind = "what it leaves of a parameter's gradient does not lie behind all parameters";
    assert_eq!(with([first, &[32, 36, 24, 8], &[]]), Err(behind));
    assert_eq!(with([first, &[32, 36, 24, 24], &[]]), Err("what it leaves of parameters' gradients overlaps"));
    let overlap = "what a running mean moves towards overlaps another";
    assert_eq!(with([first, &[32, 36, 24, 20], &[]]), Err(overlap));
    assert_eq!(with([first, first, &[]]), Err(overlap));
    assert_eq!(with([first, &[20, 36, 24, 28], &[]]), Err("what it adds overlaps what a running mean moves towards"));
    assert_eq!(with([&[24, 36, 16, 20], second, &[]]), Err("what it adds overlaps what a running mean moves towards"));
}

/// The text of a plan of version 3, and the fingerprints of one plan of each kind: what changes them makes every checkpoint
/// refuse to resume, and needs another version.
#[test]
fn fingerprints_are_those_of_version_4() {
    network! { struct Slope { Dense<2, 1, bias = false> -> LeakyRelu<slope = 0.25> } }
    let expected = "\
loom plan 4
name=5:Slope
inputs=1
inputs.0.name=5:input
inputs.0.shape=1
inputs.0.shape.0=2
outputs=1
outputs.0.name=6:output
outputs.0.shape=1
outputs.0.shape.0=1
params=1
params.0.name=8:0.weight
params.0.shape=2
params.0.shape.0=1
params.0.shape.1=2
params.0.offset=0
params.0.role=Weight
params.0.start=FanIn
params.0.fan_in=2
params.0.fan_out=1
trained_len=4
tables=0
programs=0
weights_len=4
values=2
values.0.len=2
values.1.len=1
steps=1
steps.0.name=1:0
steps.0.layer=Dense
steps.0.layer.rows=1
steps.0.layer.inputs=2
steps.0.layer.outputs=1
steps.0.layer.bias=false
steps.0.layer.activation=LeakyRelu
steps.0.layer.activation.slope=3e800000
steps.0.operands=1
steps.0.operands.0.value=0
steps.0.output=1
steps.0.work=none
steps.0.params=1
steps.0.params.0=0
steps.0.table=none
steps.0.program=none
input_value=0
output_value=1
";
    assert_eq!(super::text::text(Slope::PLAN), expected);
    let found = PLANS.map(|plan| format!("{} {}", plan.name, plan.fingerprint()));
    let expected = [
        "Denses 0d9cbb83552f144719440908a963b373d4a7e47e43da0d88a20c1d4355d1e629",
        "Convolutions 94ef4bf4376aec5fe14cf390ccad55749704db379a4aee2c08c43ae3e41d05f9",
        "Rows b0faee14bb77eab662979c199852bcf50d91374128f6a0422aecf0b763e49631",
        "Recurrent a5070ae9ffa4d8c347342788b523727569f602503dff576bd4443cdc69cdbd20",
        "Attentive f4b1cdda7f82eec0e1f792eb8abd4677a2c478cc3e9f8c12c2bf27f02523e03a",
        "Residuals b4da3a34487dc8f8b0b82c79a6b7c50613eb31f0b2e9fdb66fdc5f846c66fd2f",
        "Graph 1637138397da917a9136dffd7656e1f9167218e6f155a44be59946d7a992b936",
        "Moved 59152277e436690207d5eb27772cd73d23e0d73bcec9d7e90fa1ac9f0c285435",
        "Turned 5a33904b29671b4c6335c393119531f806412129ad7bb9164b225765c843e20f",
        "Bordered b735bac3f21e19b066ff70528430a603b22f76f1e21041c22ee9a203f9201aa9",
        "Nothing a43003f721cf58a7fd168d0055128419e932fe59250f5f8f0bd90bccda208004",
        "Shared 02cadd68519209c72394f93392a9331b1cf6b7841fe6bf037e39a6aa296c0d26",
        "Functions fd19e6a489911e6988e05c59e3f2a3c2d3f92a6eeaa29bd0d867778b8c870fe1",
        "Averages 8f46538f1147aefcd723d672a88026b3aead47c1683fd2813b0b14915d73d56f",
        "Chosen 1623f710932dddaa00719719f2f361f8c1ef41c1bca26462d67c82de04fd8d42",
        "Noisy 44c922f863bbf7e6ccdeb845211c3bd1dc54313b5584ea67ddf0a4d0305fc5c2",
        "First 5f03e501fba5398282875a4966ae11ee36290b993792107886ecbfd4cd75994c",
    ];
    assert_eq!(found, expected);
}

#[test]
fn fingerprints_tell_what_changes_results() {
    let plan = *Residuals::PLAN;
    let mut values = plan.values.to_vec();
    values
        .iter_mut()
        .for_each(|slot| (slot.train, slot.infer, slot.grad) = (slot.train + 4, slot.infer + 4, slot.grad + 4));
    let lens = [plan.train_len, plan.infer_len, plan.grad_len].map(|len| len + 4);
    let [train_len, infer_len, grad_len] = lens;
    let moved = Plan { values: leak(values), train_len, infer_len, grad_len, ..plan };
    assert_eq!(moved.fingerprint(), plan.fingerprint(), "where values have their places changes none");

    let mut steps = plan.steps.to_vec();
    let at = steps
        .iter()
        .position(|step| matches!(step.layer.facts().kind, Kind::BatchStatistics(_)))
        .expect("there is a norm");
    let Layer::BatchNorm2d(norm) = &mut steps[at].layer else { panic!("it is the only layer with statistics") };
    norm.epsilon = norm.epsilon.next_up();
    assert_ne!(Plan { steps: leak(steps), ..plan }.fingerprint(), plan.fingerprint());
}
