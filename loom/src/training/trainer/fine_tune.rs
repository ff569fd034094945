//! Fine-tuning of quantised networks by fake quantisation.

use super::{History, Trainer};
use crate::data::{Dataset, Target};
use crate::dtype::F32;
use crate::error::Error;
use crate::numerics::environment::in_default_environment;
use crate::run::sample::Sample;
use crate::training::loss::Loss;
use crate::training::optim::Optimizer;
use crate::weights::WeightsOf;
use crate::weights::grid::Grid;
use crate::weights::model::Model;

impl<O: Optimizer, L> Trainer<O, L> {
    /// Trains a network in a small format for what it loses there: training that knows of the rounding.
    ///
    /// Beside each weight there is a master in F32. Forward and backward compute with the weights that the masters round to,
    /// with the scales and zero points that the network has, which stay; the gradients are taken for those of the masters (the
    /// straight-through estimator: Bengio et al., arXiv:1308.3432; Jacob et al., arXiv:1712.05877, section 3), and the
    /// optimizer, clipping and weight decay act on them. A master beyond the greatest weight of its scale is held to it after
    /// each step, so that it can come back at once (as in BinaryConnect, Courbariaux et al., arXiv:1511.00363). Biases and other
    /// tensors that are F32 are trained as they are.
    ///
    /// The masters begin with what the network decodes to. After the last step, or with the best of early stopping, the network
    /// has the codes that they round to: it computes what the last forward pass would compute, to the bit.
    ///
    /// What it learns best from are the outputs of the network that it was made from:
    ///
    /// ```
    /// use loom::dtype::F4;
    /// use loom::prelude::*;
    ///
    /// network! { struct Net { Dense<4, 32> -> Tanh -> Dense<32, 2> } }
    ///
    /// let net = Net::new(Seed(1));
    /// let inputs: Vec<[f32; 4]> = (0..256).map(|i| [1, 2, 4, 8].map(|k| ((i * k) % 37) as f32 / 18.0 - 1.0)).collect();
    /// let outputs = net.forward_batch(&inputs);
    /// let data = Dataset::new(inputs, outputs)?;
    ///
    /// let mut small: Net<F4> = net.quantize()?;
    /// let trainer = Trainer::new(Adam::new(2e-3), Mse).batch(16).epochs(8);
    /// let history = trainer.fine_tune(&mut small, &data)?;
    /// assert!(history.last().training.loss < 0.5 * history.epochs[0].training.loss);
    /// small.save(std::env::temp_dir().join(format!("loom-doc-{}.f4.safetensors", std::process::id())))?;
    /// # std::fs::remove_file(std::env::temp_dir().join(format!("loom-doc-{}.f4.safetensors", std::process::id()))).ok();
    /// # Ok::<(), loom::Error>(())
    /// ```
    ///
    /// A [checkpoint](Trainer::checkpoint) holds the masters; it is resumed with a network of the same scales.
    ///
    /// # Errors
    /// As [`fit`](Trainer::fit); the network then stays as it was.
    pub fn fine_tune<Q, X, Y>(&self, net: &mut Q, training: &Dataset<X, Y>) -> Result<History, Error>
    where
        Q: Model,
        X: Sample<AsF32 = Q::Input>,
        Y: Target,
        L: Loss<Q::Output, Y>,
    {
        self.fine_tune_masters(net, None, training, None::<&Dataset<X, Y>>)
    }

    /// As [`fine_tune`](Trainer::fine_tune), and scores the network, as it is rounded, on other data after each epoch.
    ///
    /// # Errors
    /// As [`fine_tune`](Trainer::fine_tune).
    pub fn fine_tune_validated<Q, X, Y, V>(
        &self,
        net: &mut Q,
        training: &Dataset<X, Y>,
        validation: &Dataset<V, Y>,
    ) -> Result<History, Error>
    where
        Q: Model,
        X: Sample<AsF32 = Q::Input>,
        V: Sample<AsF32 = Q::Input>,
        Y: Target,
        L: Loss<Q::Output, Y>,
    {
        self.fine_tune_masters(net, None, training, Some(validation))
    }

    /// As [`fine_tune`](Trainer::fine_tune), with masters that begin with the weights of an F32 network, such as the one that
    /// was quantised: what rounding took from each weight is not lost then, but codes that were not those nearest to it are.
    ///
    /// # Errors
    /// As [`fine_tune`](Trainer::fine_tune).
    pub fn fine_tune_from<Q, X, Y>(
        &self,
        masters: &Q::In<F32>,
        net: &mut Q,
        training: &Dataset<X, Y>,
    ) -> Result<History, Error>
    where
        Q: Model,
        X: Sample<AsF32 = Q::Input>,
        Y: Target,
        L: Loss<Q::Output, Y>,
    {
        self.fine_tune_masters(net, Some(masters), training, None::<&Dataset<X, Y>>)
    }

    fn fine_tune_masters<Q, X, Y, V>(
        &self,
        net: &mut Q,
        masters: Option<&Q::In<F32>>,
        training: &Dataset<X, Y>,
        validation: Option<&Dataset<V, Y>>,
    ) -> Result<History, Error>
    where
        Q: Model,
        X: Sample<AsF32 = Q::Input>,
        V: Sample<AsF32 = Q::Input>,
        Y: Target,
        L: Loss<Q::Output, Y>,
    {
        in_default_environment(|| {
            let grid = Grid::new(net.own_weights());
            let mut master = match masters {
                Some(masters) => masters.clone(),
                None => Q::In::<F32>::from_own(WeightsOf::new(grid.decoded(net.own_weights())?)?),
            };
            let history = self.run(&mut master, Some(&grid), training, validation)?;
            grid.write(master.own_weights().values(), net)?;
            Ok(history)
        })
    }
}
