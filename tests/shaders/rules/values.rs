//! The symbol of an expression.

use super::graph::{Graph, Node, Operation, Value, Variable};
use super::literals::unsafe_to_hold;
use super::memory::Memory;
use super::report::LITERAL;
use super::sums::{self, Broken};
use super::walk::{Call, Walk};
use naga::{
    AddressSpace, BinaryOperator, Expression, Handle, Literal, MathFunction, ScalarKind, Span, Type, TypeInner,
    UnaryOperator,
};

/// The value of an expression, computed where it has none yet.
pub fn of<'a>(walk: &mut Walk<'a, '_, '_>, call: &mut Call<'a>, handle: Handle<Expression>, memory: &Memory) -> Value {
    if let Some(&value) = call.values.get(&handle) {
        return value;
    }
    let value = compute(walk, call, handle, memory);
    call.values.insert(handle, value);
    value
}

/// The place that a pointer points to.
pub fn place<'a>(
    walk: &mut Walk<'a, '_, '_>,
    call: &mut Call<'a>,
    pointer: Handle<Expression>,
    memory: &Memory,
) -> (Variable, Vec<Value>) {
    let value = of(walk, call, pointer, memory);
    match walk.graph.node(value) {
        Node::Pointer(variable, path) => (*variable, path.clone()),
        _ => (Variable::Given(value), Vec::new()),
    }
}

/// What a variable of a type holds before anything is stored.
pub fn zero(walk: &mut Walk, ty: Handle<Type>) -> Value {
    let float = walk.module.types[ty].inner.scalar_kind().is_none_or(|kind| kind == ScalarKind::Float);
    walk.graph.value(Node::Constant(float, 0))
}

fn compute<'a>(walk: &mut Walk<'a, '_, '_>, call: &mut Call<'a>, handle: Handle<Expression>, memory: &Memory) -> Value {
    let span = call.function.expressions.get_span(handle);
    let ty = call.info[handle].ty.inner_with(&walk.module.types);
    let float = ty.scalar_kind() == Some(ScalarKind::Float);
    match call.function.expressions[handle] {
        Expression::Literal(literal) => constant(&mut walk.graph, literal),
        Expression::Constant(constant) => of_module(walk, walk.module.constants[constant].init),
        Expression::ZeroValue(ty) => zero(walk, ty),
        Expression::FunctionArgument(i) => call.arguments[i as usize],
        Expression::GlobalVariable(variable) => match walk.module.global_variables[variable].space {
            AddressSpace::Handle => walk.graph.unknown(),
            _ => walk.graph.value(Node::Pointer(Variable::Global(variable.index()), Vec::new())),
        },
        Expression::LocalVariable(local) => {
            let variable = Variable::Local { call: call.number, local: local.index() };
            walk.graph.value(Node::Pointer(variable, Vec::new()))
        }
        Expression::Load { pointer } => {
            let (variable, path) = place(walk, call, pointer, memory);
            memory.load(&mut walk.graph, variable, &path)
        }
        Expression::Compose { ref components, .. } => {
            let values = components.iter().map(|&c| of(walk, call, c, memory)).collect();
            walk.graph.value(Node::Compose(values))
        }
        Expression::Splat { value, .. } => {
            let value = of(walk, call, value, memory);
            walk.graph.value(Node::Splat(value))
        }
        Expression::Access { base, index } => {
            let index = of(walk, call, index, memory);
            element(walk, call, base, index, memory)
        }
        Expression::AccessIndex { base, index } => {
            let index = walk.graph.value(Node::Constant(false, u64::from(index)));
            element(walk, call, base, index, memory)
        }
        Expression::Swizzle { size, vector, pattern } => {
            let vector = of(walk, call, vector, memory);
            let mut pattern = pattern.map(|component| component as u8);
            pattern[size as usize..].fill(u8::MAX);
            let pattern = walk.graph.value(Node::Other(Operation::Swizzle(pattern), Vec::new()));
            walk.graph.value(Node::Element(vector, pattern))
        }
        Expression::Select { condition, accept, reject } => {
            let [condition, a, b] = [condition, accept, reject].map(|e| of(walk, call, e, memory));
            walk.graph.value(Node::Select(condition, a, b))
        }
        Expression::Unary { op, expr } => {
            let value = of(walk, call, expr, memory);
            match op {
                UnaryOperator::Negate if float => walk.graph.value(Node::Negate(value)),
                _ => walk.graph.value(Node::Other(Operation::Unary(op), vec![value])),
            }
        }
        Expression::Binary { op, left, right } => {
            let operands = [left, right].map(|e| of(walk, call, e, memory));
            binary(walk, call, op, operands, float, span)
        }
        Expression::Math { fun, arg, arg1, arg2, arg3 } => {
            let operands = [Some(arg), arg1, arg2, arg3].into_iter().flatten();
            let operands: Vec<Value> = operands.map(|e| of(walk, call, e, memory)).collect();
            match (fun, &operands[..]) {
                (MathFunction::Fma, &[a, b, c]) => {
                    let broken = sums::fma(&mut walk.graph, [a, b, c]);
                    report(walk, call, span, broken);
                    walk.graph.operation(Node::Fma(a, b, c), span)
                }
                (MathFunction::Abs, &[value]) if float => walk.graph.value(Node::Absolute(value)),
                _ => walk.graph.value(Node::Other(Operation::Math(fun), operands)),
            }
        }
        Expression::As { expr, kind, convert } => {
            let value = of(walk, call, expr, memory);
            match *walk.graph.node(value) {
                // naga leaves a bitcast of a constant to the driver.
                Node::Constant(_, bits) if convert.is_none() => {
                    if float && unsafe_to_hold(f32::from_bits(bits as u32)) {
                        report(walk, call, span, vec![(LITERAL, None)]);
                    }
                    walk.graph.value(Node::Constant(float, bits))
                }
                _ => walk.graph.value(Node::Other(Operation::As(kind, convert), vec![value])),
            }
        }
        // Overrides, lengths, and the results of statements that are not followed.
        _ => walk.graph.unknown(),
    }
}

fn binary(walk: &mut Walk, call: &Call, op: BinaryOperator, [a, b]: [Value; 2], float: bool, span: Span) -> Value {
    let (broken, node) = match op {
        BinaryOperator::Multiply if float => (sums::product(&mut walk.graph, [a, b]), Node::Product(a, b)),
        BinaryOperator::Add | BinaryOperator::Subtract if float => {
            let minus = op == BinaryOperator::Subtract;
            (sums::sum(&mut walk.graph, [a, b], minus), Node::Sum(a, b, minus))
        }
        _ => match (walk.graph.node(a), walk.graph.node(b)) {
            (&Node::Constant(false, x), &Node::Constant(false, y)) => return integers(walk, op, [a, b], [x, y]),
            _ => return walk.graph.value(Node::Other(Operation::Binary(op), vec![a, b])),
        },
    };
    report(walk, call, span, broken);
    walk.graph.operation(node, span)
}

/// What a loop does with its count, as long as that is small: signed and unsigned are alike then.
fn integers(walk: &mut Walk, op: BinaryOperator, operands: [Value; 2], [x, y]: [u64; 2]) -> Value {
    let small = x < 1 << 15 && y < 1 << 15;
    let bits = match op {
        BinaryOperator::Add if small => x + y,
        BinaryOperator::Multiply if small => x * y,
        BinaryOperator::Less if small => u64::from(x < y),
        BinaryOperator::LessEqual if small => u64::from(x <= y),
        BinaryOperator::Greater if small => u64::from(x > y),
        BinaryOperator::GreaterEqual if small => u64::from(x >= y),
        BinaryOperator::Equal => u64::from(x == y),
        BinaryOperator::NotEqual => u64::from(x != y),
        _ => return walk.graph.value(Node::Other(Operation::Binary(op), operands.to_vec())),
    };
    walk.graph.value(Node::Constant(false, bits))
}

fn report(walk: &mut Walk, call: &Call, span: Span, broken: Vec<Broken>) {
    for (rule, because) in broken {
        walk.report.add(rule, &call.name, span, because);
    }
}

fn element<'a>(
    walk: &mut Walk<'a, '_, '_>,
    call: &mut Call<'a>,
    base: Handle<Expression>,
    index: Value,
    memory: &Memory,
) -> Value {
    let value = of(walk, call, base, memory);
    if let Node::Pointer(variable, path) = walk.graph.node(value).clone() {
        let path = path.into_iter().chain([index]).collect();
        return walk.graph.value(Node::Pointer(variable, path));
    }
    let components = match *call.info[base].ty.inner_with(&walk.module.types) {
        TypeInner::Vector { size, .. } => Some(size as usize),
        TypeInner::Array { size: naga::ArraySize::Constant(size), .. } => Some(size.get() as usize),
        TypeInner::Struct { ref members, .. } => Some(members.len()),
        _ => None,
    };
    walk.graph.element(value, index, components)
}

fn of_module(walk: &mut Walk, handle: Handle<Expression>) -> Value {
    match walk.module.global_expressions[handle] {
        Expression::Literal(literal) => constant(&mut walk.graph, literal),
        Expression::Constant(constant) => of_module(walk, walk.module.constants[constant].init),
        Expression::ZeroValue(ty) => zero(walk, ty),
        Expression::Splat { value, .. } => {
            let value = of_module(walk, value);
            walk.graph.value(Node::Splat(value))
        }
        Expression::Compose { ref components, .. } => {
            let values = components.iter().map(|&c| of_module(walk, c)).collect();
            walk.graph.value(Node::Compose(values))
        }
        _ => walk.graph.unknown(),
    }
}

fn constant(graph: &mut Graph, literal: Literal) -> Value {
    let (float, bits) = match literal {
        Literal::F32(value) => (true, u64::from(value.to_bits())),
        Literal::U32(value) => (false, u64::from(value)),
        Literal::I32(value) => (false, u64::from(value as u32)),
        Literal::Bool(value) => (false, u64::from(value)),
        _ => return graph.unknown(),
    };
    graph.value(Node::Constant(float, bits))
}
