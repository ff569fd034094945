//! Loss and accuracy over the epochs, as a picture.

use crate::Failure;
use loom::{Epoch, History};
use plotters::coord::Shift;
use plotters::prelude::*;

/// Width and height in pixels.
const SIZE: (u32, u32) = (960, 420);

/// Colours that are told apart also where red and green are not.
const COLOURS: [RGBColor; 4] = [RGBColor(0, 114, 178), RGBColor(213, 94, 0), RGBColor(0, 158, 115), BLACK];

/// An SVG of the training loss and, where there is one, the training accuracy of each named history.
pub(crate) fn plot(title: &str, histories: &[(&str, &History)]) -> Result<String, Failure> {
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        root.fill(&WHITE)?;
        let root = root.titled(title, ("sans-serif", 22))?;
        let (left, right) = root.split_horizontally(SIZE.0 / 2);
        let loss = |epoch: &Epoch| Some(epoch.training.loss);
        let accuracy = |epoch: &Epoch| epoch.training.accuracy.map(|share| 100.0 * share);
        panel(&left, "training loss", histories, None, &loss)?;
        panel(&right, "training accuracy in %", histories, Some(100.0), &accuracy)?;
        root.present()?;
    }
    Ok(svg)
}

/// One quantity over the epochs, from 0 to `top`, or to its greatest value.
fn panel(
    area: &DrawingArea<SVGBackend<'_>, Shift>,
    title: &str,
    histories: &[(&str, &History)],
    top: Option<f64>,
    value: &dyn Fn(&Epoch) -> Option<f64>,
) -> Result<(), Failure> {
    let points = |history: &History| -> Vec<(usize, f64)> {
        history.epochs.iter().filter_map(|epoch| Some((epoch.number, value(epoch)?))).collect()
    };
    let all: Vec<_> = histories.iter().flat_map(|(_, history)| points(history)).collect();
    let last = all.iter().map(|&(number, _)| number).max().unwrap_or(1);
    let top = top.unwrap_or_else(|| 1.05 * all.iter().map(|&(_, value)| value).fold(f64::MIN_POSITIVE, f64::max));
    let mut chart = ChartBuilder::on(area)
        .caption(title, ("sans-serif", 16))
        .margin(12)
        .x_label_area_size(36)
        .y_label_area_size(56)
        // An axis has a length also where there is one epoch.
        .build_cartesian_2d(1..last.max(2), 0.0..top)?;
    chart.configure_mesh().x_desc("epoch").light_line_style(TRANSPARENT).draw()?;
    for (i, (name, history)) in histories.iter().enumerate() {
        let colour = COLOURS[i % COLOURS.len()];
        // One epoch is a dot, not a line.
        let dot = if history.epochs.len() == 1 { 3 } else { 0 };
        let line = LineSeries::new(points(history), colour.stroke_width(2)).point_size(dot);
        let series = chart.draw_series(line)?;
        if !name.is_empty() {
            series.label(*name).legend(move |(x, y)| PathElement::new([(x, y), (x + 16, y)], colour.stroke_width(2)));
        }
    }
    if histories.iter().any(|(name, _)| !name.is_empty()) {
        chart.configure_series_labels().background_style(WHITE.mix(0.8)).border_style(BLACK.mix(0.3)).draw()?;
    }
    Ok(())
}
