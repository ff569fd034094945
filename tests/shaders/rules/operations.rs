//! What every operation may be by itself.

use super::report::{COMPARE, CONVERT, DIVIDE, FUNCTION, Report, function_name};
use naga::valid::{FunctionInfo, ModuleInfo};
use naga::{
    BinaryOperator, Block, Expression, Function, Handle, MathFunction, Module, ScalarKind, Span, Statement, TypeInner,
};

/// The functions of arith.wgsl that convert an i32, which is an exponent times a power of two there and so exact.
const CONVERTS_I32: [&str; 2] = ["exp_bits", "loom_log"];

pub fn check(module: &Module, info: &ModuleInfo, report: &mut Report) {
    for (handle, function) in module.functions.iter() {
        let name = function.name.as_deref();
        Operations { module, function, info: &info[handle], name, report }.check();
    }
    for (i, entry) in module.entry_points.iter().enumerate() {
        let (function, info, name) = (&entry.function, info.get_entry_point(i), Some(entry.name.as_str()));
        Operations { module, function, info, name, report }.check();
    }
}

struct Operations<'a, 'r, 's> {
    module: &'a Module,
    function: &'a Function,
    info: &'a FunctionInfo,
    name: Option<&'a str>,
    report: &'r mut Report<'s>,
}

impl Operations<'_, '_, '_> {
    fn check(&mut self) {
        for (handle, expression) in self.function.expressions.iter() {
            let rule = match *expression {
                Expression::Binary { op, left, right } => self.binary(op, left, right),
                Expression::Math { fun, arg, .. } => {
                    let float = self.is_float(arg) || self.is_float(handle);
                    (float && !matches!(fun, MathFunction::Fma | MathFunction::Abs)).then_some(FUNCTION)
                }
                Expression::As { expr, kind, convert: Some(_) } => self.convert(expr, kind),
                Expression::Relational { argument, .. } => self.is_float(argument).then_some(FUNCTION),
                Expression::Derivative { .. }
                | Expression::ImageSample { .. }
                | Expression::ImageLoad { .. }
                | Expression::ImageQuery { .. }
                | Expression::CooperativeLoad { .. }
                | Expression::CooperativeMultiplyAdd { .. } => Some(FUNCTION),
                _ => None,
            };
            if let Some(rule) = rule {
                let span = self.function.expressions.get_span(handle);
                self.report.add(rule, &function_name(self.name), span, None);
            }
        }
        self.statements(&self.function.body);
    }

    fn binary(
        &self,
        op: BinaryOperator,
        left: Handle<Expression>,
        right: Handle<Expression>,
    ) -> Option<super::report::Rule> {
        use BinaryOperator::{Divide, Equal, Modulo, Multiply, NotEqual};
        let float = self.is_float(left) || self.is_float(right);
        let matrix = |operand| matches!(self.type_of(operand), TypeInner::Matrix { .. });
        match op {
            Divide | Modulo if float => Some(DIVIDE),
            // The sums inside a product of matrices have no order.
            Multiply if matrix(left) || matrix(right) => Some(FUNCTION),
            Equal | NotEqual if float && (left == right || !(self.is_zero(left) || self.is_zero(right))) => {
                Some(COMPARE)
            }
            _ => None,
        }
    }

    fn convert(&self, from: Handle<Expression>, to: ScalarKind) -> Option<super::report::Rule> {
        let wrong = match (self.type_of(from).scalar_kind(), to) {
            (Some(ScalarKind::Float), to) => to != ScalarKind::Float,
            (Some(ScalarKind::Sint), ScalarKind::Float) => !self.name.is_some_and(|name| CONVERTS_I32.contains(&name)),
            _ => false,
        };
        wrong.then_some(CONVERT)
    }

    /// Sums over a subgroup have no order, and atomic operations on floats neither.
    fn statements(&mut self, block: &Block) {
        for (statement, &span) in block.span_iter() {
            match statement {
                Statement::Block(block) => self.statements(block),
                Statement::If { accept, reject, .. } => [accept, reject].into_iter().for_each(|b| self.statements(b)),
                Statement::Switch { cases, .. } => cases.iter().for_each(|case| self.statements(&case.body)),
                Statement::Loop { body, continuing, .. } => {
                    [body, continuing].into_iter().for_each(|b| self.statements(b));
                }
                Statement::Atomic { value, .. } => self.float_function(*value, span),
                Statement::SubgroupCollectiveOperation { argument, .. } => self.float_function(*argument, span),
                _ => {}
            }
        }
    }

    fn float_function(&mut self, value: Handle<Expression>, span: Span) {
        if self.is_float(value) {
            self.report.add(FUNCTION, &function_name(self.name), span, None);
        }
    }

    fn type_of(&self, expression: Handle<Expression>) -> &TypeInner {
        self.info[expression].ty.inner_with(&self.module.types)
    }

    fn is_float(&self, expression: Handle<Expression>) -> bool {
        self.type_of(expression).scalar_kind() == Some(ScalarKind::Float)
    }

    fn is_zero(&self, expression: Handle<Expression>) -> bool {
        let zero = |arena: &naga::Arena<Expression>, mut handle: Handle<Expression>| {
            loop {
                match arena[handle] {
                    Expression::Literal(naga::Literal::F32(value)) => return Ok(value == 0.0),
                    Expression::ZeroValue(_) => return Ok(true),
                    Expression::Splat { value, .. } => handle = value,
                    Expression::Constant(constant) => return Err(self.module.constants[constant].init),
                    _ => return Ok(false),
                }
            }
        };
        zero(&self.function.expressions, expression)
            .unwrap_or_else(|init| zero(&self.module.global_expressions, init).unwrap_or(false))
    }
}
