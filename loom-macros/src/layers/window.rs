//! The window that convolutions and pools move over an image.

use loom_ir::layers as ir;

use crate::entry::{Args, Origin, Site, count, pair_text, product};

/// Sizes as (rows, columns).
pub(super) struct Window {
    pub(super) kernel: [usize; 2],
    pub(super) stride: [usize; 2],
    pub(super) padding: [usize; 2],
    pub(super) dilation: [usize; 2],
    /// Whether the image is one row, of which users say the length alone.
    pub(super) is_row: bool,
}

impl Window {
    /// Reads the kernel at position `index` and the options; a stride that is not given is the kernel where `step_by_kernel`
    /// says so, and otherwise 1.
    pub(super) fn read(args: &mut Args<'_>, index: usize, step_by_kernel: bool) -> Self {
        let kernel = args.pair(index);
        // conv2d_c4, pool2d_c4: the stride is at least 1.
        let stride = args.pair_option("stride", if step_by_kernel { kernel } else { [1, 1] }, 1);
        let padding = args.pair_option("padding", [0, 0], 0);
        // conv2d_c5: the dilation is at least 1.
        let dilation = args.pair_option("dilation", [1, 1], 1);
        Self { kernel, stride, padding, dilation, is_row: false }
    }

    /// Reads the kernel at position `index` and the options of a window that moves along one row.
    pub(super) fn read_row(args: &mut Args<'_>, index: usize) -> Self {
        let kernel = args.size(index);
        // conv1d_c4: the stride is at least 1.
        let stride = args.size_option("stride", 1, 1);
        let padding = args.size_option("padding", 0, 0);
        // conv1d_c5: the dilation is at least 1.
        let dilation = args.size_option("dilation", 1, 1);
        Self { kernel: [1, kernel], stride: [1, stride], padding: [0, padding], dilation: [1, dilation], is_row: true }
    }

    /// "28x28", or "28" where the image is one row.
    fn size(&self, [rows, columns]: [usize; 2]) -> String {
        if self.is_row { columns.to_string() } else { format!("{rows}x{columns}") }
    }

    /// What the kernel spans, from its first tap to its last.
    fn span(&self) -> [usize; 2] {
        [0, 1].map(|axis| self.dilation[axis].saturating_mul(self.kernel[axis] - 1).saturating_add(1))
    }

    fn padded(&self, image: [usize; 2]) -> [usize; 2] {
        [0, 1].map(|axis| image[axis] + 2 * self.padding[axis])
    }

    /// Whether the kernel fits into the padded image.
    pub(super) fn fits(&self, image: [usize; 2]) -> bool {
        let (span, padded) = (self.span(), self.padded(image));
        (0..2).all(|axis| span[axis] <= padded[axis])
    }

    /// The least image that the kernel fits into.
    pub(super) fn least(&self) -> [usize; 2] {
        let span = self.span();
        [0, 1].map(|axis| span[axis].saturating_sub(2 * self.padding[axis]).max(1))
    }

    /// Height and width of the output. `kernel_index` is where the kernel stands in the call.
    pub(super) fn positions(&self, image: [usize; 2], kernel_index: usize, site: &mut Site<'_>) -> Option<[usize; 2]> {
        let padded = self.padded(image);
        // conv1d_c3, conv2d_c3, pool2d_c2: the kernel, with the gaps of its dilation, fits into the padded image.
        let span = self.span();
        if !self.fits(image) {
            let call = site.call;
            let fitting = [0, 1].map(|axis| self.kernel[axis].min((padded[axis] - 1) / self.dilation[axis] + 1));
            let with_dilation = match self.dilation {
                [1, 1] => String::new(),
                _ => format!(" ({} with its dilation)", self.size(span)),
            };
            let with_padding = match self.padding {
                [0, 0] => String::new(),
                _ => format!(" ({} with its padding)", self.size(padded)),
            };
            let complaint = format!(
                "`{call}` has a kernel of {}{with_dilation}, but {}, {} of {}{with_padding}",
                self.size(self.kernel),
                site.found(),
                if self.is_row { "a length" } else { "an image" },
                self.size(image),
            );
            let fitting = if self.is_row { fitting[1].to_string() } else { pair_text(fitting) };
            site.error(
                &call.positional[kernel_index],
                complaint,
                format!("write `{}`", call.with(kernel_index, fitting)),
            );
            return None;
        }
        Some(self.fitting_positions(image))
    }

    /// Positions down and across an image that the kernel fits into.
    fn fitting_positions(&self, image: [usize; 2]) -> [usize; 2] {
        let span = self.span();
        [0, 1].map(|axis| (image[axis] + 2 * self.padding[axis] - span[axis]) / self.stride[axis] + 1)
    }

    /// The window's walk over an image.
    pub(super) fn over(&self, image: [usize; 2]) -> ir::Window {
        let Window { kernel, stride, padding, dilation, .. } = *self;
        ir::Window { image, kernel, stride, padding, dilation, positions: self.fitting_positions(image) }
    }
}

/// The dimensions of an image `[channels, rows, columns]` that the window fits into, of which the layer wants `channels` where it
/// says so.
pub(super) fn as_image(
    input: &[usize],
    channels: Option<usize>,
    window: Option<&Window>,
    site: &mut Site<'_>,
) -> Option<[usize; 3]> {
    // conv2d_c1, pool2d_c1: the input is [channels, rows, columns].
    if let [channels, rows, columns] = *input {
        return Some([channels, rows, columns]);
    }
    let call = site.call;
    let fits = |image: [usize; 2]| window.is_none_or(|window| window.fits(image));
    let fitting = images(input, channels).into_iter().find(|&[_, rows, columns]| fits([rows, columns]));
    let wanted = fitting.unwrap_or_else(|| {
        let channels = channels.unwrap_or(1);
        let [rows, columns] = window.map_or([1, 1], Window::least);
        let side = (product(input) / channels).isqrt().max(rows).max(columns);
        [channels, side, side]
    });
    let cure = match (input, channels, window) {
        (&[first, second], None, Some(window)) if window.padding == [0, 0] && fits([first, second]) => {
            let row = call.with(0, format!("(1, {})", window.kernel[1]));
            format!(
                "write `Reshape<1, {first}, {second}> -> {call}` for rows and columns, or \
                 `Reshape<{first}, 1, {second}> -> {row}` for channels and a length"
            )
        }
        _ => site.reshaped(&wanted),
    };
    let complaint = format!("`{call}` takes an image [channels, rows, columns], but {}", site.found());
    site.error(&call.name, complaint, cure);
    None
}

/// The images that as many values may be, the likeliest first.
fn images(input: &[usize], channels: Option<usize>) -> Vec<[usize; 3]> {
    let (values, wanted) = (product(input), channels.unwrap_or(1));
    let as_written = match *input {
        [rows, columns] if wanted == 1 => Some([1, rows, columns]),
        [first, length] if first == wanted => Some([first, 1, length]),
        _ => None,
    };
    let pixels = if values.is_multiple_of(wanted) { values / wanted } else { 0 };
    let rows = (1..=pixels.isqrt()).rev().filter(|&rows| pixels.is_multiple_of(rows));
    as_written.into_iter().chain(rows.map(|rows| [wanted, rows, pixels / rows])).collect()
}

/// The dimensions of an image `[channels, rows, columns]` with so many channels, which are the layer's first argument. With
/// another number of channels it is an error, but an image.
pub(super) fn image_of(
    wanted: usize,
    input: &[usize],
    window: Option<&Window>,
    site: &mut Site<'_>,
) -> Option<[usize; 3]> {
    let [channels, rows, columns] = as_image(input, Some(wanted), window, site)?;
    if channels == wanted {
        return Some([channels, rows, columns]);
    }
    let call = site.call;
    let complaint = format!("`{call}` takes {}, but {}", count(wanted, "channel"), site.found());
    if columns == wanted
        && let Origin::Input(_) = site.origin
    {
        let place = site.origin.place();
        let shape = format!("[{columns}, {channels}, {rows}]");
        site.error(place, complaint, format!("an image is [channels, rows, columns], so write {shape}"));
        return None;
    }
    let complaint = format!("{complaint}, an image with {}", count(channels, "channel"));
    site.error(&call.positional[0], complaint, format!("write `{}`", call.with(0, channels)));
    Some([channels, rows, columns])
}
