//! Training on the CPU: the parts of a step, one after the other.

use super::backend::{Backend, Learner, Stepper, Steps, Timing};
use super::run::{Run, Total};
use crate::data::Source;
use crate::error::Error;
use crate::layers::operator::Mode;
use crate::plan::Plan;
use crate::run::cpu::Cpu;
use crate::training::engine::{BackwardOptions, CpuEngine, Engine};
use crate::training::loss::Term;
use crate::training::optim::{AnyOptimizer, Clip};
use crate::training::progress::Reporter;
use crate::weights::Weights;
use crate::weights::fake_quant::FakeQuant;

impl Backend for Cpu {
    fn arithmetic(&self) -> String {
        format!("{:?}", self.fma_mode)
    }

    fn cpu(&self) -> Cpu {
        self.clone()
    }

    fn check(&self, _: &mut dyn AnyOptimizer, _: usize) -> Result<(), Error> {
        Ok(())
    }

    fn engine(&self, plan: &'static Plan) -> Box<dyn Engine> {
        Box::new(CpuEngine::new(plan, self))
    }

    fn start(&self, weights: &Weights, _: &[Term], capacity: usize) -> Result<Box<dyn Stepper>, Error> {
        let mut engine = CpuEngine::new(weights.plan(), self);
        engine.start(weights, capacity, Mode::Inference)?;
        Ok(Box::new(engine))
    }
}

impl Stepper for CpuEngine {
    fn prepare(
        &mut self,
        _: &mut dyn AnyOptimizer,
        _: Option<Clip>,
        _: Option<(&FakeQuant, &[f32])>,
    ) -> Result<(), Error> {
        Ok(())
    }

    fn start_epoch(&mut self, _: &Total) {}

    fn train(
        &mut self,
        (learner, optimizer): (&mut Learner<'_>, &mut dyn AnyOptimizer),
        (source, indices): (&dyn Source, &[u32]),
        steps: &Steps<'_>,
        run: &mut Run,
        reporter: &mut Reporter,
    ) -> Result<(), Error> {
        for indices in indices.chunks(steps.batch) {
            let mode = Mode::Training { seed: steps.seed, step: run.step };
            self.forward_samples(learner.weights(), (source, indices), mode)?;
            run.total.add(self.loss_samples(steps.terms, (source, indices))?);
            self.backward(learner.weights(), BackwardOptions::default())?;
            if let Some(bound) = steps.clip {
                self.clip(bound)?;
            }
            self.step(learner.master, optimizer, (steps.learning_rate)(run.step))?;
            learner.round();
            run.batch += 1;
            run.step += 1;
            reporter.advance(run.epoch, indices.len(), || Some(run.total.score(steps.terms)));
        }
        Ok(())
    }

    fn fetch(&mut self, _: &mut Weights, _: &mut dyn AnyOptimizer, _: &mut Total) -> Result<(), Error> {
        Ok(())
    }

    fn score(
        &mut self,
        weights: &Weights,
        (source, indices): (&dyn Source, &[u32]),
        terms: &[Term],
        batch: usize,
    ) -> Result<Total, Error> {
        let mut total = Total::new(terms.len());
        for indices in indices.chunks(batch) {
            self.forward_samples(weights, (source, indices), Mode::Inference)?;
            total.add(self.loss_samples(terms, (source, indices))?);
        }
        Ok(total)
    }

    fn profile(
        &mut self,
        _: &mut dyn AnyOptimizer,
        _: (&dyn Source, &[u32]),
        _: &Steps<'_>,
    ) -> Result<Vec<Timing>, Error> {
        Ok(Vec::new())
    }
}
