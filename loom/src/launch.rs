//! How large the grid of a GPU kernel is, as a function of the batch.

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

/// One dispatch of a layer's kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Launch {
    /// The kernel's name in the layer's list.
    pub(crate) kernel: &'static str,
    /// Rows of a product, or of what is summed row by row; 1 elsewhere.
    pub(crate) rows: Extent,
    /// Columns of a product or of what is summed column by column, or items; 1 where there are rows alone.
    pub(crate) columns: Extent,
    /// Products side by side; 1 elsewhere.
    pub(crate) planes: Extent,
}

impl Launch {
    /// One invocation for each item.
    pub(crate) fn items(kernel: &'static str, items: Extent) -> Self {
        Launch { kernel, rows: Extent::Fixed(1), columns: items, planes: Extent::Fixed(1) }
    }

    /// 16 invocations for each row.
    pub(crate) fn rows(kernel: &'static str, rows: Extent) -> Self {
        Launch { kernel, rows, columns: Extent::Fixed(1), planes: Extent::Fixed(1) }
    }

    /// One workgroup for each item.
    pub(crate) fn groups(kernel: &'static str, items: Extent) -> Self {
        Launch::items(kernel, items)
    }

    /// 16 columns for each workgroup.
    pub(crate) fn column_sums(kernel: &'static str, columns: usize) -> Self {
        Launch::items(kernel, Extent::Fixed(columns))
    }

    /// A matrix product.
    pub(crate) fn product(kernel: &'static str, rows: Extent, columns: Extent) -> Self {
        Launch { kernel, rows, columns, planes: Extent::Fixed(1) }
    }

    /// As many products side by side.
    pub(crate) fn planes(self, planes: Extent) -> Self {
        Launch { planes, ..self }
    }

    /// How the kernel is best cut up for batches of that size. No choice changes a bit.
    pub(crate) fn tuning(&self, kernel: &Kernel, batch: usize) -> Tuning {
        let [rows, columns, planes] = [self.rows, self.columns, self.planes].map(|extent| extent.of(batch));
        let is_narrow = rows < 12 || columns < 12;
        let large_tiles = rows.div_ceil(64) * columns.div_ceil(64) * planes;
        let tile = match kernel.form {
            Form::Product | Form::SampleProducts if is_narrow => Tile::Single,
            Form::Product | Form::SampleProducts if large_tiles < 256 => {
                Tile::Tiled { threads: 8, row_quads: 1, depth: 32 }
            }
            _ => Tile::Tiled { threads: 16, row_quads: 1, depth: 16 },
        };
        Tuning { workgroup: 64, tile }
    }

    /// Workgroups along each dimension, for the kernel.
    pub(crate) fn workgroups(&self, kernel: &Kernel, tuning: Tuning, batch: usize) -> [u32; 3] {
        let [rows, columns, planes] = [self.rows, self.columns, self.planes].map(|extent| extent.of(batch));
        let workgroup = kernel.workgroup(tuning) as usize;
        let count = match kernel.form {
            Form::Items => (rows * columns).div_ceil(workgroup),
            Form::Rows => (rows * 16).div_ceil(workgroup),
            Form::Groups => rows * columns,
            Form::ColumnSums => columns.div_ceil(16),
            Form::Product | Form::SampleProducts => {
                let [tile_rows, tile_columns] = tuning.tile.size().map(|size| size as usize);
                let tiles = rows.div_ceil(tile_rows) * columns.div_ceil(tile_columns);
                if let Tile::Tiled { .. } = tuning.tile { tiles } else { tiles.div_ceil(workgroup) }
            }
        };
        fold(count, planes)
    }
}

/// A grid of so many workgroups in one plane, in rows that are not too long. A kernel takes all planes, however many there
/// are in the grid.
fn fold(count: usize, planes: usize) -> [u32; 3] {
    let down = count.div_ceil(MAX_WORKGROUPS).max(1);
    [count.div_ceil(down), down, planes.min(MAX_WORKGROUPS)].map(|size| u32::try_from(size).unwrap_or(u32::MAX))
}
