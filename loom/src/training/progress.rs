//! What `Trainer::progress` shows.

#[cfg(feature = "progress")]
use crate::numerics::clock::Instant;
use crate::training::trainer::{Epoch, Score};
use core::fmt::Write as _;
use core::time::Duration;
#[cfg(feature = "progress")]
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
#[cfg(feature = "progress")]
use std::io::IsTerminal;

/// Whether anything is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    Silent,
    Shown,
}

/// Lines that training prints at most, beside that of the last epoch.
const LINES: usize = 10;

/// How often a bar's text changes at most.
#[cfg(feature = "progress")]
const REDRAW: Duration = Duration::from_millis(100);

/// Shows a bar on a terminal, and lines on anything else.
pub(crate) struct Reporter {
    epochs: usize,
    shown: bool,
    #[cfg(feature = "progress")]
    bar: Option<(ProgressBar, Instant)>,
}

impl Reporter {
    pub(crate) fn new(progress: Progress, epochs: usize, samples: usize) -> Self {
        let shown = progress == Progress::Shown;
        #[cfg(not(feature = "progress"))]
        let _ = samples;
        Reporter {
            epochs,
            shown,
            #[cfg(feature = "progress")]
            bar: (shown && std::io::stderr().is_terminal()).then(|| (bar(samples), Instant::now())),
        }
    }

    /// Before a run goes on in an epoch of which so many samples are done.
    pub(crate) fn skip(&mut self, samples: usize) {
        #[cfg(feature = "progress")]
        if let Some((bar, _)) = &self.bar {
            bar.inc(samples as u64);
        }
        #[cfg(not(feature = "progress"))]
        let _ = samples;
    }

    /// After a batch of so many samples.
    pub(crate) fn advance(&mut self, epoch: usize, samples: usize, score: impl FnOnce() -> Option<Score>) {
        #[cfg(feature = "progress")]
        if let Some((bar, drawn)) = &mut self.bar {
            bar.inc(samples as u64);
            if drawn.elapsed() >= REDRAW {
                *drawn = Instant::now();
                bar.set_prefix(format!("epoch {epoch}/{}", self.epochs));
                bar.set_message(score().map_or_else(String::new, |score| text(&score)));
            }
        }
        #[cfg(not(feature = "progress"))]
        let _ = (epoch, samples, score);
    }

    /// After an epoch.
    pub(crate) fn finish_epoch(&mut self, epoch: &Epoch, stopped_early: bool) {
        let last = stopped_early || epoch.number == self.epochs;
        let is_told = last || epoch.number.is_multiple_of(self.epochs.div_ceil(LINES));
        #[cfg(feature = "progress")]
        if let Some((bar, _)) = &self.bar {
            if is_told {
                bar.println(self.line(epoch));
            }
            return if last { bar.finish_and_clear() } else { bar.reset() };
        }
        if self.shown && is_told {
            eprintln!("{}", self.line(epoch));
        }
    }

    fn line(&self, epoch: &Epoch) -> String {
        let mut line = format!("epoch {}/{}  {}", epoch.number, self.epochs, text(&epoch.training));
        if let Some(validation) = &epoch.validation {
            let _ = write!(line, "  validation: {}", text(validation));
        }
        let _ = write!(line, "  {:.1} s", Duration::as_secs_f64(&epoch.duration));
        line
    }
}

#[cfg(feature = "progress")]
fn bar(samples: usize) -> ProgressBar {
    let style = "{prefix} {wide_bar} {pos}/{len} samples  {msg}  {eta} left";
    let style = ProgressStyle::with_template(style).expect("the template is well formed");
    ProgressBar::with_draw_target(Some(samples as u64), ProgressDrawTarget::stderr()).with_style(style)
}

fn text(score: &Score) -> String {
    let own = match score.accuracy {
        Some(accuracy) => format!("loss {:.4}  accuracy {:.2} %", score.loss, 100.0 * accuracy),
        None => format!("loss {:.6}", score.loss),
    };
    match score.outputs.as_slice() {
        [] => own,
        outputs => format!("{own} ({})", outputs.iter().map(text).collect::<Vec<_>>().join("; ")),
    }
}
