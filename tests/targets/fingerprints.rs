//! The fingerprints of this processor.

/// Writes the lines to the file that the variable `LOOM_FINGERPRINTS` names, if it does.
#[test]
fn lines_say_something() {
    let lines = loom_targets::lines();
    assert_eq!(lines, loom_targets::lines(), "they are the same twice");
    let distinct: std::collections::BTreeSet<_> = lines.lines().collect();
    // Twelve networks, each with thirteen formats, of which seven are calibrated too, and the line of tensors.
    assert_eq!([lines.lines().count(), distinct.len()], [12 * (1 + 13 + 7) + 1; 2], "{lines}");
    if let Some(file) = std::env::var_os("LOOM_FINGERPRINTS") {
        std::fs::write(file, lines).expect("the file can be written");
    }
}
