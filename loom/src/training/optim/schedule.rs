//! Learning-rate schedules.

use crate::error::{Error, require};
use crate::numerics::environment::in_default_environment;

/// What the optimizer's learning rate is multiplied by, step by step. Steps are optimizer steps, that is batches,
/// counted from 0. Computed in binary64 with the `libm` crate, so that it is the same on every machine.
///
/// ```
/// use loom::optim::Schedule;
///
/// let schedule = Schedule::warmup(100).then(100, Schedule::cosine(900));
/// assert_eq!(schedule.factor(0), 0.01);
/// assert_eq!(schedule.factor(99), 1.0);
/// assert_eq!(schedule.factor(100), 1.0);
/// assert_eq!(schedule.factor(1000), 0.0);
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Schedule {
    /// Always 1.
    Constant,
    /// gamma ^ floor(step / every). PyTorch's `StepLR`, counted in steps.
    Step {
        /// Steps between two falls; at least 1.
        every: u64,
        /// The factor of each fall.
        gamma: f64,
    },
    /// gamma ^ step. PyTorch's `ExponentialLR`, counted in steps.
    Exponential {
        /// The factor of each step.
        gamma: f64,
    },
    /// floor + (1 - floor) · (1 + cos(π · step / steps)) / 2, and `floor` after that (Loshchilov and Hutter,
    /// arXiv:1608.03983). PyTorch's `CosineAnnealingLR`.
    Cosine {
        /// Steps until the floor.
        steps: u64,
        /// What is left at the end.
        floor: f64,
    },
    /// (step + 1) / steps, and 1 after that. PyTorch's `LinearLR`.
    Warmup {
        /// Steps until 1; at least 1.
        steps: u64,
    },
    /// One schedule after another, each counted from 0 again. PyTorch's `SequentialLR`.
    Then {
        /// The one that begins at step 0.
        first: Box<Schedule>,
        /// The others, each with the step that it begins at. It ends all those before it.
        rest: Vec<(u64, Schedule)>,
    },
}

impl Schedule {
    /// A fall by `gamma` every so many steps.
    pub fn step(every: u64, gamma: f64) -> Self {
        Schedule::Step { every, gamma }
    }

    /// A fall by `gamma` at each step.
    pub fn exponential(gamma: f64) -> Self {
        Schedule::Exponential { gamma }
    }

    /// Half a cosine from 1 to 0 over `steps`.
    pub fn cosine(steps: u64) -> Self {
        Schedule::Cosine { steps, floor: 0.0 }
    }

    /// A line from 1/steps to 1.
    pub fn warmup(steps: u64) -> Self {
        Schedule::Warmup { steps }
    }

    /// This schedule for the first `at` steps, then `next`.
    #[must_use]
    pub fn then(self, at: u64, next: Schedule) -> Self {
        let parts = |schedule| match schedule {
            Schedule::Then { first, rest } => (first, rest),
            one => (Box::new(one), Vec::new()),
        };
        // A list and no tree, so that its length is no depth.
        let (first, mut rest) = parts(self);
        let (second, others) = parts(next);
        rest.push((at, *second));
        rest.extend(others.into_iter().map(|(start, schedule)| (at.saturating_add(start), schedule)));
        Schedule::Then { first, rest }
    }

    /// Smith's one-cycle policy (arXiv:1708.07120) over `steps`: a line up over the first `rise` share of them, then
    /// half a cosine down to 0.
    pub fn one_cycle(steps: u64, rise: f64) -> Self {
        let up = in_default_environment(|| (steps as f64 * rise.clamp(0.0, 1.0)) as u64);
        Schedule::warmup(up.max(1)).then(up, Schedule::cosine(steps.saturating_sub(up)))
    }

    /// The factor for a step.
    pub fn factor(&self, step: u64) -> f64 {
        match self {
            Schedule::Constant => 1.0,
            Schedule::Step { every, gamma } => libm::pow(*gamma, step.checked_div(*every).unwrap_or(0) as f64),
            Schedule::Exponential { gamma } => libm::pow(*gamma, step as f64),
            Schedule::Cosine { steps, floor } if step >= *steps => *floor,
            Schedule::Cosine { steps, floor } => {
                let phase = core::f64::consts::PI * (step as f64 / *steps as f64);
                floor + (1.0 - floor) * (0.5 + 0.5 * libm::cos(phase))
            }
            Schedule::Warmup { steps } if step >= *steps => 1.0,
            Schedule::Warmup { steps } => (step + 1) as f64 / *steps as f64,
            Schedule::Then { first, rest } => match rest.iter().rfind(|(start, _)| *start <= step) {
                Some((start, schedule)) => schedule.factor(step - start),
                None => first.factor(step),
            },
        }
    }

    /// Checks the settings.
    ///
    /// # Errors
    /// [`Error::Setting`] for the first that is outside its range.
    pub fn check(&self) -> Result<(), Error> {
        let rate = |name, value: f64| require(value.is_finite() && value >= 0.0, name, value, "finite and at least 0");
        match self {
            Schedule::Constant => Ok(()),
            Schedule::Step { every, gamma } => {
                require(*every >= 1, "every", *every as f64, "at least 1")?;
                rate("gamma", *gamma)
            }
            Schedule::Exponential { gamma } => rate("gamma", *gamma),
            Schedule::Cosine { floor, .. } => rate("floor", *floor),
            Schedule::Warmup { steps } => require(*steps >= 1, "warm-up steps", *steps as f64, "at least 1"),
            Schedule::Then { first, rest } => {
                first.check()?;
                rest.iter().try_for_each(|(_, schedule)| schedule.check())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors() {
        let table: &[(Schedule, &[(u64, f64)])] = &[
            (Schedule::Constant, &[(0, 1.0), (u64::MAX, 1.0)]),
            (Schedule::step(10, 0.5), &[(0, 1.0), (9, 1.0), (10, 0.5), (25, 0.25)]),
            (Schedule::exponential(0.5), &[(0, 1.0), (3, 0.125)]),
            (Schedule::cosine(4), &[(0, 1.0), (2, 0.5), (4, 0.0), (9, 0.0)]),
            (Schedule::Cosine { steps: 2, floor: 0.5 }, &[(0, 1.0), (1, 0.75), (2, 0.5)]),
            (Schedule::cosine(0), &[(0, 0.0)]),
            (Schedule::warmup(4), &[(0, 0.25), (3, 1.0), (4, 1.0)]),
            (Schedule::warmup(2).then(2, Schedule::step(1, 0.5)), &[(0, 0.5), (1, 1.0), (2, 1.0), (3, 0.5)]),
            (Schedule::one_cycle(10, 0.2), &[(0, 0.5), (1, 1.0), (2, 1.0), (6, 0.5), (10, 0.0)]),
            (Schedule::one_cycle(0, 0.5), &[(0, 0.0)]),
        ];
        for (schedule, factors) in table {
            for (step, factor) in *factors {
                assert!((schedule.factor(*step) - factor).abs() < 1e-15, "{schedule:?} at {step}");
            }
        }
    }

    /// Whichever side of `then` has parts, what is left of each is what the other begins after.
    #[test]
    fn sequences_are_lists() {
        let constant = |factor| Schedule::step(u64::MAX, 1.0).then(0, Schedule::Cosine { steps: 0, floor: factor });
        let [a, b, c] = [0.1, 0.2, 0.3].map(constant);
        let left = a.clone().then(5, b.clone()).then(8, c.clone());
        let right = a.clone().then(5, b.clone().then(3, c.clone()));
        assert_eq!(left, right);
        assert_eq!([0, 4, 5, 7, 8, u64::MAX].map(|step| left.factor(step)), [0.1, 0.1, 0.2, 0.2, 0.3, 0.3]);
        // One that begins before the one before it leaves nothing of that.
        let early = a.then(5, b).then(2, c);
        assert_eq!([1, 2, 5, 9].map(|step| early.factor(step)), [0.1, 0.3, 0.3, 0.3]);

        let [mut first, mut last] = [Schedule::Constant, Schedule::Constant];
        for step in 1..=10_000 {
            first = first.then(step, Schedule::exponential(0.5));
        }
        for _ in 1..=1000 {
            last = Schedule::exponential(0.5).then(2, last);
        }
        assert_eq!(
            [first.factor(10_000), first.factor(10_001), last.factor(1999), last.factor(2000)],
            [1.0, 0.5, 0.5, 1.0]
        );
        assert!(first.check().is_ok() && last.check().is_ok());
    }

    #[test]
    fn settings_out_of_range_are_named() {
        let nested = Schedule::warmup(1).then(1, Schedule::step(0, 0.5));
        assert_eq!(nested.check().unwrap_err().to_string(), "`every` is 0, but must be at least 1");
        assert!(Schedule::exponential(f64::NAN).check().is_err());
        assert!(Schedule::warmup(0).check().is_err());
    }
}
