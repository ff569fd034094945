//! The chart of the measured ratios, as SVG.

use plotters::prelude::*;
use std::error::Error;
use std::path::Path;

/// The colours of the peers.
const COLOURS: [RGBColor; 3] = [RGBColor(228, 87, 46), RGBColor(23, 126, 137), RGBColor(120, 94, 240)];
/// What is less or more is drawn at the edge.
const EDGES: [f64; 2] = [0.003, 3.0];

/// For each measurement a line, and on it a point for each peer: Loom's time over the peer's, on a logarithmic axis.
pub fn draw(path: &Path, peers: &[String], ratios: &[(String, Vec<f64>)]) -> Result<(), Box<dyn Error>> {
    let root = SVGBackend::new(path, (900, 60 + 18 * ratios.len() as u32)).into_drawing_area();
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&root)
        .caption("Loom's time / the peer's (to the left of 1: Loom is faster)", ("sans-serif", 16))
        .margin(8)
        .x_label_area_size(24)
        .y_label_area_size(130)
        .build_cartesian_2d((EDGES[0]..EDGES[1]).log_scale(), 0..ratios.len().max(1))?;
    let label = |row: &usize| ratios.iter().rev().nth(*row).map(|(name, _)| name.clone()).unwrap_or_default();
    chart.configure_mesh().y_labels(ratios.len()).y_label_formatter(&label).disable_y_mesh().draw()?;
    chart.draw_series([PathElement::new([(1.0, 0), (1.0, ratios.len())], BLACK)])?;
    for (peer, (name, colour)) in peers.iter().zip(COLOURS).enumerate() {
        let points = ratios.iter().rev().enumerate().filter(|(_, (_, of_peers))| of_peers[peer].is_finite());
        let circles = points.map(|(row, (_, of_peers))| {
            Circle::new((of_peers[peer].clamp(EDGES[0], EDGES[1]), row), 4, colour.filled())
        });
        chart.draw_series(circles)?.label(name).legend(move |at| Circle::new(at, 4, colour.filled()));
    }
    chart.configure_series_labels().background_style(WHITE.mix(0.8)).border_style(BLACK).draw()?;
    root.present()?;
    Ok(())
}
