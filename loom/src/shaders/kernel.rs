//! Kernels as data: files of WGSL, how they are joined, and how their invocations are counted.

/// One dispatch: the files of its module, and the entry point that is written for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Kernel {
    /// Its name among the kernels of its layer, and its entry point.
    pub name: &'static str,
    /// When it runs, which decides the buffers that it sees.
    pub phase: Phase,
    /// What its invocations are.
    pub form: Form,
    /// Whether it reads the layer's weight, the one tensor that may be stored in codes, by `weight(row, column)`.
    pub reads_weight: bool,
    /// Its files, to be joined.
    pub files: &'static [&'static str],
}

/// A part of a training step, with its bindings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Phase {
    /// Brings samples into the activations.
    Gather,
    /// Forward.
    Forward,
    /// The loss and its gradient.
    Loss,
    /// Backward.
    Backward,
    /// Bounds the gradients.
    Clip,
    /// The optimizer.
    Optimizer,
    /// Rounds what the optimizer has moved, where the network is quantised.
    Quantize,
}

/// A buffer that kernels see, at the binding of this number in group 0; binding 0 is the uniform `call`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u32)]
pub enum Binding {
    /// The flat parameter buffer.
    Weights = 1,
    /// The activations of a batch.
    Activations = 2,
    /// Their gradients.
    Gradients = 3,
    /// The gradients of the weights, laid out as they are, and behind them what steps add.
    DWeights = 4,
    /// Room to work in.
    Scratch = 5,
    /// The inputs of a data set.
    Samples = 6,
    /// The order in which samples come.
    Order = 7,
    /// The targets of a data set.
    Targets = 8,
    /// What batches have scored.
    Totals = 9,
    /// An optimizer's first state.
    State0 = 10,
    /// An optimizer's second state.
    State1 = 11,
    /// Weights in F32, laid out as those that they round to.
    Master = 12,
    /// The scales that they are rounded with.
    Scales = 13,
}

impl Phase {
    /// All phases, in the order of a training step.
    pub const ALL: &[Phase] =
        &[Phase::Gather, Phase::Forward, Phase::Loss, Phase::Backward, Phase::Clip, Phase::Optimizer, Phase::Quantize];

    /// The declarations of its bindings.
    pub const fn prelude(self) -> &'static str {
        match self {
            Phase::Gather => include_str!("phase_gather.wgsl"),
            Phase::Forward => include_str!("phase_forward.wgsl"),
            Phase::Loss => include_str!("phase_loss.wgsl"),
            Phase::Backward => include_str!("phase_backward.wgsl"),
            Phase::Clip => include_str!("phase_clip.wgsl"),
            Phase::Optimizer => include_str!("phase_optimizer.wgsl"),
            Phase::Quantize => include_str!("phase_quantize.wgsl"),
        }
    }

    /// The buffers that its kernels see, each with whether they write it.
    #[doc(hidden)]
    pub const fn bindings(self) -> &'static [(Binding, bool)] {
        use Binding::{
            Activations, DWeights, Gradients, Master, Order, Samples, Scales, Scratch, State0, State1, Targets, Totals,
            Weights,
        };
        match self {
            Phase::Gather => &[(Activations, true), (Samples, false), (Order, false)],
            Phase::Forward => &[(Weights, false), (Activations, true)],
            Phase::Loss => &[
                (Activations, false),
                (Gradients, true),
                (Scratch, true),
                (Order, false),
                (Targets, false),
                (Totals, true),
            ],
            Phase::Backward => {
                &[(Weights, false), (Activations, false), (Gradients, true), (DWeights, true), (Scratch, true)]
            }
            Phase::Clip => &[(DWeights, true), (Scratch, true)],
            Phase::Optimizer => &[(Weights, true), (DWeights, false), (State0, true), (State1, true)],
            Phase::Quantize => &[(Weights, true), (Master, true), (Scales, false)],
        }
    }
}

/// How forward finds the weights in their buffer: by which files it has `parameter(i)`, and `weight(row, column)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Storage {
    /// The buffer is the flat one of `f32` values, as in training.
    Values,
    /// The buffer is one of words, and the layer's weight `f32` values in it.
    Words,
    /// The same, and the weight floats of 16 or 64 bits.
    Floats,
    /// The same, and the weight integers.
    Integers,
    /// The same, and the weight in F4.
    Blocks,
}

impl Storage {
    /// The buffer's binding with `parameter(i)`.
    const fn buffer(self) -> &'static str {
        match self {
            Storage::Values => include_str!("weights/values.wgsl"),
            _ => include_str!("weights/words.wgsl"),
        }
    }

    /// What `weight(row, column)` consists of.
    const fn weight(self) -> &'static [&'static str] {
        const CODES: &str = include_str!("weights/codes.wgsl");
        const SCALES: &str = include_str!("weights/scales.wgsl");
        const SMALL_FLOAT: &str = include_str!("weights/small_float.wgsl");
        match self {
            Storage::Values | Storage::Words => &[include_str!("weights/plain.wgsl")],
            Storage::Floats => &[CODES, SMALL_FLOAT, include_str!("weights/floats.wgsl")],
            Storage::Integers => &[CODES, SCALES, include_str!("weights/integers.wgsl")],
            Storage::Blocks => &[CODES, SCALES, SMALL_FLOAT, include_str!("weights/blocks.wgsl")],
        }
    }
}

/// What the invocations of a kernel are, and the function that the entry point calls in each: one of the kernel's own, `run`,
/// or one that all kernels of the form share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Form {
    /// One for each item, such as a value: `run(item)`. Items beyond the last are asked for too.
    Items,
    /// 16 for each row, the lanes of a sum: `run(row, lane, local)`, where `local` is the invocation's number in its workgroup, as
    /// `row_sum.wgsl` wants it. Rows beyond the last are asked for too.
    Rows,
    /// A workgroup for each item: `run(item, local)`. Items beyond the last are asked for too.
    Groups,
    /// 256 for each 16 columns of a matrix whose columns are summed: `column_sums`, of `column_sums.wgsl`.
    ColumnSums,
    /// As the tile of a matrix product says: `product`, of `product/tiled.wgsl` or `product/direct.wgsl`.
    Product,
    /// The same for each sample of a batch, whose number is in the kernel's variable `sample`. A plane of workgroups takes a sample,
    /// and then the one that lies as many planes further on.
    SampleProducts,
}

impl Form {
    /// Whether it is cut up by a tile.
    pub const fn is_product(self) -> bool {
        matches!(self, Form::Product | Form::SampleProducts)
    }

    /// The file that all kernels of this form share.
    const fn file(self, tile: Tile) -> Option<&'static str> {
        match (self, tile) {
            (Form::Items | Form::Groups, _) => None,
            (Form::Rows, _) => Some(include_str!("row_sum.wgsl")),
            (Form::ColumnSums, _) => Some(include_str!("column_sums.wgsl")),
            (Form::Product | Form::SampleProducts, Tile::Tiled { .. }) => Some(include_str!("product/tiled.wgsl")),
            (Form::Product | Form::SampleProducts, _) => Some(include_str!("product/direct.wgsl")),
        }
    }

    /// What the entry point does.
    const fn call(self) -> &'static str {
        match self {
            Form::Items => "run(group * WORKGROUP + local);",
            Form::Rows => "run((group * WORKGROUP + local) / LANES, local % LANES, local);",
            Form::Groups => "run(group, local);",
            Form::ColumnSums => "column_sums(group, local);",
            Form::Product => "product(group, local);",
            // WGSL takes a private variable for one that differs between invocations, and a product in such a loop for one whose
            // barriers some of them miss: the loop has a variable of its own.
            Form::SampleProducts => {
                "for (var s = workgroup.z; s < call.batch; s += workgroups.z) {
        sample = s;
        product(group, local);
    }"
            }
        }
    }
}

/// How a matrix product is cut up. No choice changes a bit of the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Tile {
    /// Each thread computes one value by itself.
    Single,
    /// Each thread computes 4 x 4 values by itself.
    Direct,
    /// Tiles in workgroup memory, of 4 · threads columns and 4 · threads · row_quads rows.
    Tiled {
        /// Threads across and down.
        threads: u32,
        /// Groups of four rows that a thread computes.
        row_quads: u32,
        /// Terms of the sums that are in workgroup memory at a time.
        depth: u32,
    },
}

impl Tile {
    /// Rows and columns of the result that one workgroup computes at most, for a workgroup of so many invocations where
    /// the tile does not fix it; for tiles without workgroup memory, those of one thread.
    pub const fn size(self) -> [u32; 2] {
        match self {
            Tile::Single => [1, 1],
            Tile::Direct => [4, 4],
            Tile::Tiled { threads, row_quads, .. } => [threads * row_quads * 4, threads * 4],
        }
    }
}

/// What is chosen for an adapter, and changes no bit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Tuning {
    /// Invocations of a workgroup, for kernels that do not fix it: a multiple of 16.
    pub workgroup: u32,
    /// How matrix products are cut up.
    pub tile: Tile,
}

impl Tuning {
    /// Whether kernels can be cut up so: a workgroup has 16 invocations or a multiple of them, 1024 at most, and a tile has no side
    /// of 0 and none beyond what workgroup memory could hold.
    pub const fn is_possible(self) -> bool {
        const MOST: u32 = 1024;
        let tile = match self.tile {
            Tile::Single | Tile::Direct => true,
            Tile::Tiled { threads, row_quads, depth } => {
                0 < threads && threads <= 32 && 0 < row_quads && row_quads <= MOST && 0 < depth && depth <= MOST
            }
        };
        tile && 0 < self.workgroup && self.workgroup <= MOST && self.workgroup.is_multiple_of(16)
    }
}

impl Kernel {
    /// The kernel of an optimizer of your own: see [`Optimizer::shader`](crate::optim::Optimizer::shader). One of its WGSL files has
    /// the function `fn run(i: u32)`. It moves weight `i`. The last workgroup calls it for `i` from `LEN` on too.
    ///
    /// ```
    /// use loom::shaders::Kernel;
    ///
    /// static DESCENT: Kernel = Kernel::optimizer(
    ///     "descent",
    ///     &["fn run(i: u32) {
    ///         if i < LEN {
    ///             weights[i] = flush(weights[i] - rounded(call.optimizer[0].x * d_weights[i]));
    ///         }
    ///     }"],
    /// );
    /// assert_eq!(DESCENT.name, "descent");
    /// ```
    pub const fn optimizer(name: &'static str, files: &'static [&'static str]) -> Self {
        Kernel::new(name, Phase::Optimizer, Form::Items, files)
    }

    /// A kernel that reads no weight.
    pub(crate) const fn new(name: &'static str, phase: Phase, form: Form, files: &'static [&'static str]) -> Self {
        Kernel { name, phase, form, reads_weight: false, files }
    }

    /// A kernel of a layer's forward pass.
    pub(crate) const fn forward(name: &'static str, form: Form, files: &'static [&'static str]) -> Self {
        Kernel::new(name, Phase::Forward, form, files)
    }

    /// The kernel of a layer's forward pass that reads its weight.
    pub(crate) const fn weighted(form: Form, files: &'static [&'static str]) -> Self {
        Kernel { reads_weight: true, ..Kernel::forward("forward", form, files) }
    }

    /// A kernel of a layer's backward pass.
    pub(crate) const fn backward(name: &'static str, form: Form, files: &'static [&'static str]) -> Self {
        Kernel::new(name, Phase::Backward, form, files)
    }

    /// Invocations of a workgroup.
    pub const fn workgroup(&self, tuning: Tuning) -> u32 {
        match (self.form, tuning.tile) {
            (Form::ColumnSums, _) => 256,
            (Form::Product | Form::SampleProducts, Tile::Tiled { threads, .. }) => threads * threads,
            _ => tuning.workgroup,
        }
    }

    /// The whole module, for the constants of a layer and of an adapter, with the weights as `f32` values.
    pub fn source(&self, header: &str, tuning: Tuning) -> String {
        self.source_from(Storage::Values, header, tuning)
    }

    /// The whole module of a kernel of forward for weights that are stored otherwise; the constants that say how come with the
    /// layer's. Other kernels know of values alone.
    #[doc(hidden)]
    pub fn source_from(&self, storage: Storage, header: &str, tuning: Tuning) -> String {
        let mut source = format!(
            "// The constants of this kernel.\n{header}{}\n{}\n{}\n{}",
            self.tuning_header(tuning),
            super::CALL,
            self.phase.prelude(),
            super::ARITH,
        );
        let is_forward = self.phase == Phase::Forward;
        let buffer = is_forward.then(|| storage.buffer());
        let weight = if is_forward && self.reads_weight { storage.weight() } else { &[] };
        for file in buffer.iter().chain(weight).chain(self.form.file(tuning.tile).iter()).chain(self.files) {
            source.push('\n');
            source.push_str(file);
        }
        source.push_str(&self.entry_point());
        source
    }

    /// What a module ends with. The workgroups of a plane are folded into rows where they are too many for one.
    fn entry_point(&self) -> String {
        format!(
            "
@compute @workgroup_size(WORKGROUP)
fn {}(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {{
    let group = workgroup.y * workgroups.x + workgroup.x;
    {}
}}
",
            self.name,
            self.form.call(),
        )
    }

    fn tuning_header(&self, tuning: Tuning) -> String {
        let mut header = format!("const WORKGROUP: u32 = {}u;\n", self.workgroup(tuning));
        if self.form.is_product() {
            match tuning.tile {
                Tile::Tiled { threads, row_quads, depth } => header.push_str(&format!(
                    "const THREADS_X: u32 = {threads}u;\nconst THREADS_Y: u32 = {threads}u;\nconst ROW_QUADS: u32 = \
                     {row_quads}u;\nconst TILE_K: u32 = {depth}u;\n"
                )),
                tile => {
                    let [rows, columns] = tile.size();
                    header
                        .push_str(&format!("const TILE_ROWS: u32 = {rows}u;\nconst TILE_COLUMNS: u32 = {columns}u;\n"));
                }
            }
        }
        header
    }
}
