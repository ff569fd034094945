//! One dispatch of a GPU kernel, and how large its grid is for a batch.

use crate::shaders::{Form, Kernel, Tile, Tuning};

/// Workgroups that a dispatch may have along one dimension, in every WebGPU implementation.
const MAX_WORKGROUPS: usize = 65_535;

/// A number that may grow with the batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// The same for any batch.
    Fixed(usize),
    /// So many for each sample.
    PerSample(usize),
}

impl Extent {
    pub(crate) fn of(self, batch: usize) -> usize {
        match self {
            Extent::Fixed(count) => count,
            Extent::PerSample(count) => count * batch,
        }
    }
}

/// One dispatch of a kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Launch {
    pub(crate) kernel: &'static Kernel,
    /// Items, rows or columns, as the kernel's form says; of a product, its rows.
    count: Extent,
    /// Columns of a product; 1 elsewhere.
    columns: Extent,
    /// Products side by side; 1 elsewhere.
    planes: Extent,
}

impl Launch {
    /// So many items, rows or columns, as the kernel's form says.
    pub(crate) fn new(kernel: &'static Kernel, count: Extent) -> Self {
        Launch { kernel, count, columns: Extent::Fixed(1), planes: Extent::Fixed(1) }
    }

    /// A matrix product.
    pub(crate) fn product(kernel: &'static Kernel, rows: Extent, columns: Extent) -> Self {
        Launch { columns, ..Launch::new(kernel, rows) }
    }

    /// As many products side by side.
    pub(crate) fn planes(self, planes: Extent) -> Self {
        Launch { planes, ..self }
    }

    /// How the kernel is best cut up for batches of that size. No choice changes a bit.
    pub(crate) fn tuning(&self, batch: usize) -> Tuning {
        let [count, columns, planes] = [self.count, self.columns, self.planes].map(|extent| extent.of(batch));
        let is_narrow = count < 12 || columns < 12;
        let large_tiles = count.div_ceil(64) * columns.div_ceil(64) * planes;
        let tile = match self.kernel.form {
            Form::Product | Form::SampleProducts if is_narrow => Tile::Single,
            Form::Product | Form::SampleProducts if large_tiles < 256 => {
                Tile::Tiled { threads: 8, row_quads: 1, depth: 32 }
            }
            _ => Tile::Tiled { threads: 16, row_quads: 1, depth: 16 },
        };
        Tuning { workgroup: 64, tile }
    }

    /// Workgroups along each dimension.
    pub(crate) fn workgroups(&self, tuning: Tuning, batch: usize) -> [u32; 3] {
        let [count, columns, planes] = [self.count, self.columns, self.planes].map(|extent| extent.of(batch));
        let workgroup = self.kernel.workgroup(tuning) as usize;
        let workgroups = match self.kernel.form {
            Form::Items => count.div_ceil(workgroup),
            Form::Rows => (count * 16).div_ceil(workgroup),
            Form::Groups => count,
            Form::ColumnSums => count.div_ceil(16),
            Form::Product | Form::SampleProducts => {
                let [tile_rows, tile_columns] = tuning.tile.size().map(|size| size as usize);
                let tiles = count.div_ceil(tile_rows) * columns.div_ceil(tile_columns);
                if let Tile::Tiled { .. } = tuning.tile { tiles } else { tiles.div_ceil(workgroup) }
            }
        };
        fold(workgroups, planes)
    }
}

/// A grid of so many workgroups in one plane, in rows that are not too long. A kernel takes all planes, however many there
/// are in the grid.
fn fold(count: usize, planes: usize) -> [u32; 3] {
    let down = count.div_ceil(MAX_WORKGROUPS).max(1);
    [count.div_ceil(down), down, planes.min(MAX_WORKGROUPS)].map(|size| u32::try_from(size).unwrap_or(u32::MAX))
}
