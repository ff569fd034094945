//! A variational autoencoder: images of digits become points of a plane of eight dimensions, and points become images.

use harness::mnist::{self, Arguments};
use harness::{Defaults, Failure, Learned, Options, Training};
use loom::prelude::*;
use std::process::ExitCode;

network! {
    /// An image becomes a distribution of codes, of which one is drawn; in inference it is the mean.
    pub struct Vae(image: [1, 28, 28]) -> (mean, logvar, found) {
        let seen = image -> Flatten -> Dense<784, 128> -> Relu;
        let mean = seen -> Dense<128, 8>;
        let logvar = seen -> Dense<128, 8>;
        let found = mean + exp(0.5 * logvar) * normal(mean) -> decoder: Decoder;
    }

    /// A code in, the logits of an image out.
    pub struct Decoder: [8] { Dense<8, 128> -> Relu -> Dense<128, 784> -> Reshape<1, 28, 28> }

    /// The negative evidence lower bound: the binary cross-entropy of each pixel, and the divergence from a normal distribution. Kingma and
    /// Welling, "Auto-Encoding Variational Bayes", 2013.
    loss Elbo(out: VaeOutput, image: [1, 28, 28]) {
        let divergence = 1.0 + out.logvar - square(out.mean) - exp(out.logvar);
        sum(softplus(out.found) - image * out.found) - 0.5 * sum(divergence)
    }
}

const DEFAULTS: Defaults = Defaults {
    name: "vae_mnist",
    about: "learns to make images of digits from eight numbers",
    epochs: 10,
    batch: 64,
    fine_tune: 0,
};

/// Images that it learns from, and as many others that test it, unless the options say how many.
const IMAGES: usize = 2000;

fn main() -> ExitCode {
    harness::main(DEFAULTS, demo)
}

/// Trains on the first images of MNIST.
pub fn demo(options: Options, arguments: Arguments) -> Result<(), Failure> {
    let [training, test] = mnist::load(arguments.data.as_deref())?;
    let images = |data: &Dataset<mnist::Image, u8>| -> Result<Data, Failure> {
        let images = data.inputs().iter().take(options.samples.unwrap_or(IMAGES));
        let images: Vec<Image> =
            images.map(|image| image.map(|rows| rows.map(|row| row.map(|pixel| f32::from(pixel) / 255.0)))).collect();
        Ok(Dataset::new(images.clone(), images)?)
    };
    harness::run_steps(DEFAULTS, &options, &Images { training: images(&training)?, test: images(&test)? })
}

type Image = [[[f32; 28]; 28]; 1];
type Data = Dataset<Image, Image>;

struct Images {
    training: Data,
    test: Data,
}

impl Training for Images {
    const HAS_DATA: bool = true;

    fn train(&self, options: &Options, device: &impl Device) -> Result<Learned, Failure> {
        let mut net = Vae::new(Seed(options.seed));
        let trainer = options.trainer(Adam::new(2e-3), Elbo).on(device);
        let before = trainer.evaluate(&net, &self.test)?.loss;
        let history = trainer.fit(&mut net, &self.training)?;
        let after = trainer.evaluate(&net, &self.test)?.loss;
        let result = format!("the bound on other images falls from {before:.1} to {after:.1} nats");
        let scores = history.epochs.into_iter().map(|epoch| epoch.training).collect();
        Learned::new(scores, result).with("Vae", &net)
    }
}
