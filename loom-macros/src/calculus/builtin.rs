//! The functions of numbers that every expression may call.

use loom_ir::plan::Op;

use super::builder::{Builder, Value};

/// A function of numbers, value by value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Builtin {
    Op(Op),
    Div,
    Relu,
    Square,
    Log1p,
    Softplus,
    Clamp,
    /// The value, without a gradient.
    Detach,
}

/// What an expression may call, by name. `max` and `min` of one value are reductions.
pub(crate) const BUILTINS: &[(&str, Builtin)] = &[
    ("abs", Builtin::Op(Op::Abs)),
    ("exp", Builtin::Op(Op::Exp)),
    ("log", Builtin::Op(Op::Log)),
    ("log1p", Builtin::Log1p),
    ("tanh", Builtin::Op(Op::Tanh)),
    ("sigmoid", Builtin::Op(Op::Sigmoid)),
    ("erf", Builtin::Op(Op::Erf)),
    ("sin", Builtin::Op(Op::Sin)),
    ("cos", Builtin::Op(Op::Cos)),
    ("normal_cdf", Builtin::Op(Op::NormalCdf)),
    ("sqrt", Builtin::Op(Op::Sqrt)),
    ("rsqrt", Builtin::Op(Op::Rsqrt)),
    ("recip", Builtin::Op(Op::Recip)),
    ("relu", Builtin::Relu),
    ("softplus", Builtin::Softplus),
    ("square", Builtin::Square),
    ("max", Builtin::Op(Op::Max)),
    ("min", Builtin::Op(Op::Min)),
    ("mul_add", Builtin::Op(Op::MulAdd)),
    ("clamp", Builtin::Clamp),
    ("detach", Builtin::Detach),
    ("select", Builtin::Op(Op::Select)),
];

impl Builtin {
    /// How many values it takes.
    pub(crate) fn arity(self) -> usize {
        match self {
            Builtin::Op(op) => op.arity(),
            Builtin::Relu | Builtin::Square | Builtin::Log1p | Builtin::Softplus | Builtin::Detach => 1,
            Builtin::Div => 2,
            Builtin::Clamp => 3,
        }
    }

    /// Its value.
    pub(super) fn value(self, to: &mut Builder, of: &[Value]) -> Value {
        let a = of[0];
        match self {
            Builtin::Op(op) => to.op(op, of),
            Builtin::Div => {
                let recip = to.op(Op::Recip, &of[1..]);
                to.op(Op::Times, &[a, recip])
            }
            // NaN stays.
            Builtin::Relu => {
                let zero = to.constant(0.0);
                let is_below = to.op(Op::Less, &[a, zero]);
                to.op(Op::Select, &[is_below, zero, a])
            }
            Builtin::Detach => a,
            Builtin::Square => to.op(Op::Times, &[a, a]),
            // Far out, the reciprocal of log1p is flushed to 0, and the 1 is no more than the rounding of the sum.
            Builtin::Log1p => {
                let (near, one, far) = (log1p(to, a), to.constant(1.0), to.constant((1 << 24) as f64));
                let sum = to.op(Op::Plus, &[one, a]);
                let (log, is_far) = (to.op(Op::Log, &[sum]), to.op(Op::LessEqual, &[far, a]));
                to.op(Op::Select, &[is_far, log, near])
            }
            Builtin::Softplus => {
                let (zero, abs) = (to.constant(0.0), to.op(Op::Abs, &[a]));
                let minus = to.op(Op::Negate, &[abs]);
                let exp = to.op(Op::Exp, &[minus]);
                let (tail, positive) = (log1p(to, exp), to.op(Op::Max, &[a, zero]));
                to.op(Op::Plus, &[positive, tail])
            }
            Builtin::Clamp => {
                let (is_below, is_above) = (to.op(Op::Less, &[a, of[1]]), to.op(Op::Less, &[of[2], a]));
                let upper = to.op(Op::Select, &[is_above, of[2], a]);
                to.op(Op::Select, &[is_below, of[1], upper])
            }
        }
    }

    /// What the gradient `d` of its value `y` adds to that of its argument of this number; nothing where it adds 0.
    pub(super) fn gradient(self, to: &mut Builder, of: &[Value], y: Value, d: Value, number: usize) -> Option<Value> {
        let a = of[0];
        let factor = match self {
            Builtin::Op(op) => return op_gradient(op, to, of, y, d, number),
            Builtin::Div => {
                let recip = to.op(Op::Recip, &of[1..]);
                if number == 0 {
                    recip
                } else {
                    let product = to.op(Op::Times, &[y, recip]);
                    to.op(Op::Negate, &[product])
                }
            }
            Builtin::Relu => {
                let zero = to.constant(0.0);
                let is_above = to.op(Op::Less, &[zero, a]);
                return Some(to.op(Op::Select, &[is_above, d, zero]));
            }
            Builtin::Detach => return None,
            Builtin::Square => to.op(Op::Plus, &[a, a]),
            Builtin::Log1p => {
                let one = to.constant(1.0);
                let sum = to.op(Op::Plus, &[a, one]);
                to.op(Op::Recip, &[sum])
            }
            Builtin::Softplus => to.op(Op::Sigmoid, &[a]),
            Builtin::Clamp => {
                let zero = to.constant(0.0);
                let (is_below, is_above) = (to.op(Op::Less, &[a, of[1]]), to.op(Op::Less, &[of[2], a]));
                let [own, upper] = match number {
                    0 => [zero, d].map(|d| to.op(Op::Select, &[is_above, zero, d])),
                    1 => [d, zero],
                    _ => [zero, to.op(Op::Select, &[is_above, d, zero])],
                };
                return Some(to.op(Op::Select, &[is_below, own, upper]));
            }
        };
        Some(to.op(Op::Times, &[d, factor]))
    }
}

/// log(1 + t) for t from -1 to 2^60: log u · t / (u - 1) with u = 1 + t as it is rounded (Goldberg, ACM Computing Surveys 23 (1991), theorem 4).
fn log1p(to: &mut Builder, t: Value) -> Value {
    let one = to.constant(1.0);
    let u = to.op(Op::Plus, &[one, t]);
    let (log, rounded) = (to.op(Op::Log, &[u]), to.op(Op::Minus, &[u, one]));
    let recip = to.op(Op::Recip, &[rounded]);
    let ratio = to.op(Op::Times, &[t, recip]);
    let (product, is_one) = (to.op(Op::Times, &[log, ratio]), to.op(Op::Equal, &[u, one]));
    to.op(Op::Select, &[is_one, t, product])
}

fn op_gradient(op: Op, to: &mut Builder, of: &[Value], y: Value, d: Value, number: usize) -> Option<Value> {
    /// 2/√π and 1/√2π.
    const DENSITIES: [f64; 2] = [std::f64::consts::FRAC_2_SQRT_PI, 0.398_942_280_401_432_7];
    let a = of[0];
    let factor = match op {
        Op::Same => return Some(d),
        Op::Negate => return Some(to.op(Op::Negate, &[d])),
        Op::Abs => {
            let (zero, minus) = (to.constant(0.0), to.op(Op::Negate, &[d]));
            let (is_above, is_below) = (to.op(Op::Less, &[zero, a]), to.op(Op::Less, &[a, zero]));
            let below = to.op(Op::Select, &[is_below, minus, zero]);
            return Some(to.op(Op::Select, &[is_above, d, below]));
        }
        Op::Exp => y,
        Op::Log => to.op(Op::Recip, &[a]),
        Op::Tanh => {
            let (one, minus) = (to.constant(1.0), to.op(Op::Negate, &[y]));
            to.op(Op::MulAdd, &[minus, y, one])
        }
        Op::Sigmoid => {
            let minus = to.op(Op::Negate, &[y]);
            to.op(Op::MulAdd, &[minus, y, y])
        }
        Op::Erf | Op::NormalCdf => {
            let [scale, density] = if op == Op::Erf { [-1.0, DENSITIES[0]] } else { [-0.5, DENSITIES[1]] }
                .map(|number| to.constant(number));
            let scaled = to.op(Op::Times, &[a, scale]);
            let square = to.op(Op::Times, &[scaled, a]);
            let exp = to.op(Op::Exp, &[square]);
            to.op(Op::Times, &[exp, density])
        }
        Op::Sin => to.op(Op::Cos, &[a]),
        Op::Cos => {
            let sin = to.op(Op::Sin, &[a]);
            to.op(Op::Negate, &[sin])
        }
        Op::Sqrt => {
            let (half, recip) = (to.constant(0.5), to.op(Op::Recip, &[y]));
            to.op(Op::Times, &[half, recip])
        }
        Op::Rsqrt => {
            let (minus_half, square) = (to.constant(-0.5), to.op(Op::Times, &[y, y]));
            let cube = to.op(Op::Times, &[square, y]);
            to.op(Op::Times, &[minus_half, cube])
        }
        Op::Recip => {
            let square = to.op(Op::Times, &[y, y]);
            to.op(Op::Negate, &[square])
        }
        Op::Plus => return Some(d),
        Op::Minus => return Some(if number == 0 { d } else { to.op(Op::Negate, &[d]) }),
        Op::Times => of[1 - number],
        // Equal values share the gradient.
        Op::Max | Op::Min => {
            let (zero, half) = (to.constant(0.0), to.constant(0.5));
            let (own, other) = (of[number], of[1 - number]);
            let wins = to.op(Op::Less, &if op == Op::Max { [other, own] } else { [own, other] });
            let (are_equal, shared) = (to.op(Op::Equal, &[own, other]), to.op(Op::Times, &[d, half]));
            let rest = to.op(Op::Select, &[are_equal, shared, zero]);
            return Some(to.op(Op::Select, &[wins, d, rest]));
        }
        Op::Less | Op::LessEqual | Op::Equal => return None,
        Op::MulAdd if number == 2 => return Some(d),
        Op::MulAdd => of[1 - number],
        Op::Select => {
            let zero = to.constant(0.0);
            return match number {
                0 => None,
                1 => Some(to.op(Op::Select, &[a, d, zero])),
                _ => Some(to.op(Op::Select, &[a, zero, d])),
            };
        }
        Op::SelectLess
        | Op::SelectLessEqual
        | Op::SelectEqual
        | Op::TimesTimes
        | Op::TimesPlus
        | Op::PlusTimes
        | Op::NegateMulAdd => unreachable!("operations are joined where programs are written"),
    };
    Some(to.op(Op::Times, &[d, factor]))
}
