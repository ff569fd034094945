//! Products by blocks that fit the caches (Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication", 2008).
//!
//! - A tile of C stays in registers for all k of a block, at most 1024. Each panel of B is packed just before its first use.
//! - A is read in place, unless C is wide enough to repay work on A. Then rows along k that would suffer cache aliasing are
//!   copied to lie apart, and an A that does not lie along k is packed, once where all of it fits.
//! - Where A need not be prepared anew for each block of B, a block of B fills a core's own cache. Else it has 512 columns.
//! - While a tile that continues from C is computed, the next tile's part of C is prefetched: it may lie in memory, a page for
//!   each row. Rows of a wide C share few lines of the nearest cache, so tiles of a packed A prefetch them at their end, a row
//!   for every eight k.
//!
//! With AVX-512, a C in rows, and more than 128 columns, A is packed in tiles of fourteen rows:
//!
//! - A multiply-add reads its value of A itself. That saves an instruction for each row and k, which counts with SMT.
//! - The first tile of a panel copies the panel's lines from B as it reads them, where they lie as they would be packed.
//! - The tiles of each panel prefetch the next panel, from the packed B or from B itself: a line for every eight k, or up to four
//!   where tiles are few. Where it is still to be packed, they prefetch its place too, since stores would wait for it. Packed
//!   rows of A are prefetched 32 k ahead.
//! - Blocks are 512 deep, and a block of B has at most 4 MiB.
//! - Packing A is then the cost, so threads share the rows of a square.

#[cfg(target_arch = "x86_64")]
use super::matrix::Runs;
use super::matrix::Source;
use super::shared::{Shared, State};
use super::{MatMut, Matrix, Operand, PANEL, Product, Span, TALL, Weight, Window, blocks, tile};
use crate::kernels::{Isa, Task, by_isa, has_avx512};
use crate::numerics::arith::{Arith, Element};

/// Depth of a block at most: how many k are packed at a time.
const BLOCK_K: usize = 1024;
/// The same for tall tiles, so that a panel of B and what is packed of A are near at once.
const TALL_K: usize = 512;
/// Elements of B packed at a time, where A is read as it lies or packed once: what a core's own cache holds.
const NEAR_B: usize = 128 * 1024;
/// Columns of B packed at a time, where A is packed anew for each block.
const BLOCK_N: usize = 512;
/// Up to so many columns A is read where it lies: packing pays once each of its elements is read often.
const UNPACKED: usize = 128;
/// Rows of A that are a multiple of so many elements apart compete for the same lines of a cache.
const ALIASED: usize = 512;
/// Elements of a line of a cache, of `f32`.
pub(super) const LINE: usize = 16;
/// The row length of a packed tile of A, at least the rows of every register tile that is not tall.
const A_WIDTH: usize = 8;
/// Elements of a block of A that is packed or spread.
const PACK_A: usize = 64 * 1024;
/// The same of one packed for tall tiles.
const TALL_A: usize = 144 * 1024;
/// Elements of a packed block of B, at most.
const PACK_B: usize = BLOCK_K * BLOCK_N;
/// The same for tall tiles, which fetch each panel before its turn, from further away.
const TALL_B: usize = 2 * PACK_B;
const _: () = assert!(NEAR_B <= PACK_B && NEAR_B / BLOCK_K >= PANEL && PACK_A <= TALL_A);

/// Room for a packed block of each operand.
pub(super) fn room(depth: usize, columns: usize) -> usize {
    let (a, b) = if has_avx512() { (TALL_A, TALL_B) } else { (PACK_A, PACK_B) };
    a + b.min(depth.saturating_mul(columns.next_multiple_of(PANEL)))
}

/// Blocks of k of all panels of a B, at most.
pub(super) fn most_blocks(columns: usize, depth: usize) -> usize {
    // The narrowest panels have 8 columns, and blocks are not shorter than half of the most.
    columns.div_ceil(8) * depth.div_ceil(TALL_K / 2)
}

/// The product by blocks.
pub(super) struct Blocked<'a, A: Arith, B> {
    pub(super) product: Product<'a, A::T, B>,
    pub(super) c: MatMut<'a, A::T>,
    /// Room for one packed block of each operand; of B for one panel, where its panels are shared.
    pub(super) pack: &'a mut [A::T],
    /// The panels of B, where other threads read them too.
    pub(super) shared: Option<Shared<'a, A::T>>,
}

impl<A: Arith, B: Operand<A::T>> Task<A> for Blocked<'_, A, B> {
    #[inline(always)]
    fn run<I: Isa>(self) {
        by_isa!(
            I,
            blocked::<A, B, I, 8, 32, 16, 16>(self),
            blocked::<A, B, I, 6, 16, 16, 8>(self),
            blocked::<A, B, I, 4, 8, 8, 4>(self)
        )
    }
}

/// How a product reads its A.
#[derive(Clone, Copy)]
enum Reading<'a, T> {
    /// Where it is.
    AsItLies(Matrix<'a, T>),
    /// Rows that lie along k, but compete for lines of a cache, copied to lie apart.
    Spread(Matrix<'a, T>),
    /// Packed, tile after tile.
    Packed,
}

impl<'a, T: Copy> Reading<'a, T> {
    /// Of a packed A, the multiply-adds of a tall tile read the values themselves, which pays for packing it.
    fn of<B>(p: &Product<'a, T, B>, is_tall: bool) -> Self {
        match p.a {
            Weight::Plain(a) if p.columns.len <= UNPACKED => Reading::AsItLies(a),
            Weight::Plain(a) if a.column_stride == 1 && !is_tall => match a.row_stride.is_multiple_of(ALIASED) {
                true => Reading::Spread(a),
                false => Reading::AsItLies(a),
            },
            _ => Reading::Packed,
        }
    }
}

/// The panels of a block of B.
#[derive(Clone, Copy)]
struct Block<'a, T> {
    /// Where they lie, or are to lie.
    start: *mut T,
    /// How far apart they begin.
    stride: usize,
    packing: Packing<'a, T>,
}

/// Who packs the panels of a block.
#[derive(Clone, Copy)]
enum Packing<'a, T> {
    /// Nobody: they are packed.
    Done,
    /// Who reads them.
    Own,
    /// The thread that comes first, for all of them. A panel has `blocks` blocks of k; `first` is the number of the first panel's
    /// block. There is `room` for a panel that another thread is packing.
    Shared { shared: Shared<'a, T>, blocks: usize, first: usize, room: *mut T },
}

/// A panel of B, as a thread finds it.
struct Found<'a, T> {
    /// Where it lies, or is to lie.
    lines: *mut T,
    is_packed: bool,
    /// What others are to be told once it is packed.
    taken: Option<(Shared<'a, T>, usize)>,
}

impl<'a, T: Element> Block<'a, T> {
    fn lines(&self, panel: usize) -> *mut T {
        self.start.wrapping_add(panel * self.stride)
    }

    /// The panel whose turn it is, of so many.
    fn at_turn(&self, turn: usize, panels: usize) -> usize {
        match self.packing {
            Packing::Shared { shared, .. } => (shared.begin(panels) + turn) % panels,
            _ => turn,
        }
    }

    /// A panel, for the caller to pack if it is not packed yet: into the room, where another thread is packing it.
    fn find(&self, panel: usize) -> Found<'a, T> {
        let lines = self.lines(panel);
        let (lines, is_packed, taken) = match self.packing {
            Packing::Done => (lines, true, None),
            Packing::Own => (lines, false, None),
            Packing::Shared { shared, blocks, first, room } => {
                let block = first + panel * blocks;
                match shared.take(block) {
                    State::Free => (lines, false, Some((shared, block))),
                    State::Taken => (room, false, None),
                    State::Packed => (lines, true, None),
                }
            }
        };
        Found { lines, is_packed, taken }
    }

    /// What [`find`](Self::find) is likely to say: where a panel lies or is to lie, and whether it is packed.
    #[cfg(target_arch = "x86_64")]
    fn foresee(&self, panel: usize) -> (*mut T, bool) {
        match self.packing {
            Packing::Done => (self.lines(panel), true),
            Packing::Own => (self.lines(panel), false),
            Packing::Shared { shared, blocks, first, room } => match shared.glance(first + panel * blocks) {
                State::Free => (self.lines(panel), false),
                State::Taken => (room, false),
                State::Packed => (self.lines(panel), true),
            },
        }
    }
}

/// The product with a register tile of `MR` x `NR`, and of `MR` x `HALF` where so few columns are left; or with [`TALL`] rows.
#[inline(always)]
fn blocked<
    A: Arith,
    B: Operand<A::T>,
    I: Isa,
    const MR: usize,
    const NR: usize,
    const STEP: usize,
    const HALF: usize,
>(
    call: Blocked<'_, A, B>,
) {
    let Blocked { product: p, mut c, pack, shared } = call;
    let is_tall = I::HAS_AVX512 && A::IS_FUSED && c.strides[1] == 1;
    let (height, width) = if is_tall { (TALL, TALL) } else { (MR, A_WIDTH) };
    let (most_k, most_a) = if is_tall { (TALL_K, TALL_A) } else { (BLOCK_K, PACK_A) };
    let (pack_a, pack_b) = pack.split_at_mut(most_a);
    let reading = Reading::of(&p, is_tall);
    // Of an A that is not read as it lies, as many rows at a time as there is room for: all of a small A, once.
    let block_depth = even(p.depth, most_k, 1);
    let spread = block_depth.next_multiple_of(LINE) + LINE;
    let block_rows = match reading {
        Reading::AsItLies(_) => p.rows.len,
        Reading::Spread(_) => most_a / spread / height * height,
        Reading::Packed => even(p.rows.len, most_a / (width * block_depth) * height, height),
    };
    let is_one_block = block_depth == p.depth && p.rows.len <= block_rows;
    let is_near = is_one_block || matches!(reading, Reading::AsItLies(_));
    let block_columns = match is_near {
        true => NEAR_B / block_depth / NR * NR,
        false if is_tall => TALL_B / block_depth / NR * NR,
        false => BLOCK_N,
    };
    let mut is_ready = false;
    for columns in blocks(p.columns.len, block_columns) {
        for depth in blocks(p.depth, block_depth) {
            let packed = p.b.panels();
            // Where all panels of B lie one after the other, and how much of it a block spans.
            let (first, stride) = ((p.columns.start + columns.start) * p.depth + depth.start * NR, p.depth * NR);
            let len = |stride: usize| (columns.len.div_ceil(NR) - 1) * stride + depth.len * NR;
            let block = match (packed, shared) {
                (Some(panels), _) => {
                    assert!(panels.width == NR && p.columns.start.is_multiple_of(NR));
                    let start = panels.values[first..][..len(stride)].as_ptr().cast_mut();
                    Block { start, stride, packing: Packing::Done }
                }
                (None, Some(shared)) => {
                    let (start, blocks) = (shared.corner(first, len(stride)), p.depth.div_ceil(block_depth));
                    let first = (p.columns.start + columns.start) / NR * blocks + depth.start / block_depth;
                    let room = pack_b[..depth.len * NR].as_mut_ptr();
                    Block { start, stride, packing: Packing::Shared { shared, blocks, first, room } }
                }
                (None, None) => {
                    let stride = depth.len * NR;
                    Block { start: pack_b[..len(stride)].as_mut_ptr(), stride, packing: Packing::Own }
                }
            };
            for rows in blocks(p.rows.len, block_rows) {
                let own = Span { start: p.rows.start + rows.start, len: rows.len };
                if !is_ready {
                    match reading {
                        Reading::AsItLies(_) => {}
                        Reading::Spread(a) => {
                            for (row, to) in pack_a.chunks_exact_mut(spread).take(rows.len).enumerate() {
                                to[..depth.len].copy_from_slice(a.line(own.start + row, depth));
                            }
                        }
                        Reading::Packed => {
                            for (tile, to) in blocks(rows.len, height).zip(pack_a.chunks_exact_mut(width * depth.len)) {
                                let from = Span { start: own.start + tile.start, len: tile.len };
                                if !is_tall {
                                    p.a.pack_rows::<I, A_WIDTH>(depth, from, to);
                                } else if I::HAS_AVX512 {
                                    p.a.pack_rows::<I, TALL>(depth, from, to);
                                }
                            }
                        }
                    }
                    is_ready = is_one_block;
                }
                let a = match reading {
                    Reading::AsItLies(a) => Source::Rows(a.window(own, depth)),
                    Reading::Spread(_) => Source::Rows(Window::new(pack_a, [spread, 1], rows.len, depth.len)),
                    Reading::Packed => Source::Tiles { packed: pack_a, depth: depth.len, width },
                };
                // What the first rows of A are multiplied by is packed on the way.
                let block = match block.packing {
                    Packing::Own if rows.start > 0 => Block { packing: Packing::Done, ..block },
                    _ => block,
                };
                tiles::<A, B, I, MR, NR, STEP, HALF>(&p, &mut c, [rows, columns, depth], a, block);
            }
        }
    }
}

/// Every tile of one block of C, from the panels of B and the rows of A.
#[inline(always)]
fn tiles<A: Arith, B: Operand<A::T>, I: Isa, const MR: usize, const NR: usize, const STEP: usize, const HALF: usize>(
    p: &Product<'_, A::T, B>,
    c: &mut MatMut<'_, A::T>,
    [rows, columns, depth]: [Span; 3],
    a: Source<'_, A::T>,
    block: Block<'_, A::T>,
) {
    let is_last = depth.start + depth.len == p.depth;
    let panels = columns.len.div_ceil(NR);
    let span_of = |panel: usize| Span { start: panel * NR, len: NR.min(columns.len - panel * NR) };
    let of_b = |across: Span| Span { start: p.columns.start + columns.start + across.start, ..across };
    for turn in 0..panels {
        let panel = block.at_turn(turn, panels);
        let across = span_of(panel);
        let Found { lines, is_packed, taken } = block.find(panel);
        let publish = || {
            if let Some((shared, block)) = taken {
                shared.publish(block);
            }
        };
        #[cfg(target_arch = "x86_64")]
        let is_in_lanes = I::HAS_AVX2 && A::IS_FUSED && c.strides[1] == 1;
        #[cfg(target_arch = "x86_64")]
        let source = match a {
            Source::Tiles { .. } if I::HAS_AVX512 && is_in_lanes && !is_packed && across.len == NR => {
                p.b.window(depth, of_b(across)).and_then(Window::runs).filter(|runs| runs.are_rows)
            }
            _ => None,
        };
        #[cfg(not(target_arch = "x86_64"))]
        let source = None::<()>;
        if !is_packed && source.is_none() {
            // SAFETY: `blocked` has room for the panel, which is this thread's own, or nobody else's until it is published.
            let lines = unsafe { core::slice::from_raw_parts_mut(lines, NR * depth.len) };
            p.b.pack::<I, NR>(depth, of_b(across), lines);
            publish();
        }
        #[cfg(target_arch = "x86_64")]
        if is_in_lanes {
            let own = Runs { start: lines.cast_const(), stride: NR, len: NR, are_rows: true };
            let next = match turn + 1 {
                turn if turn == panels => (own, None),
                turn => {
                    let panel = block.at_turn(turn, panels);
                    match block.foresee(panel) {
                        (lines, true) => (Runs { start: lines.cast_const(), ..own }, None),
                        (lines, false) => {
                            let runs = p.b.window(depth, of_b(span_of(panel))).and_then(Window::runs);
                            (runs.unwrap_or(own), Some(lines))
                        }
                    }
                }
            };
            let columns = Span { start: columns.start + across.start, ..across };
            in_lanes::<A, B, I, MR, NR>(p, c, [rows, columns, depth], a, lines, source, next);
            if source.is_some() {
                publish();
            }
            continue;
        }
        // SAFETY: `blocked` has the panels, which are packed.
        let b = unsafe { core::slice::from_raw_parts(lines, NR * depth.len) };
        for down in blocks(rows.len, MR) {
            let (at, size) = ([rows.start + down.start, columns.start + across.start], [down.len, across.len]);
            let (a, goes_on) = (a.tile::<MR>(down.start), depth.start > 0);
            let mut sums = [[A::T::ZERO; NR]; MR];
            if goes_on {
                c.get(at, size, &mut sums);
            }
            if across.len <= HALF {
                tile::<A, MR, NR, HALF, HALF>(a, b, goes_on, &mut sums);
            } else {
                tile::<A, MR, NR, NR, STEP>(a, b, goes_on, &mut sums);
            }
            if is_last {
                let (row, column) = (p.rows.start + at[0], p.columns.start + at[1]);
                for (r, line) in sums.iter_mut().take(down.len).enumerate() {
                    p.epilogue.apply::<A, NR>(row + r, column, across.len, line);
                }
            }
            c.put::<I, MR, NR>(at, size, &sums);
        }
    }
}

/// The tiles of one panel in vectors, for a C that lies in rows. The panel lies at `lines`, or is copied there from its source; the
/// next one is fetched, and so is the place where it is to be packed.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn in_lanes<A: Arith, B: Operand<A::T>, I: Isa, const MR: usize, const NR: usize>(
    p: &Product<'_, A::T, B>,
    c: &mut MatMut<'_, A::T>,
    [rows, columns, depth]: [Span; 3],
    a: Source<'_, A::T>,
    lines: *mut A::T,
    source: Option<Runs<A::T>>,
    (next, to_pack): (Runs<A::T>, Option<*mut A::T>),
) {
    use super::panel::{Next, Panel};
    use super::tile::{Ends, Target, panel_avx2, panel_avx512};
    debug_assert!(A::IS_FUSED && c.strides[1] == 1);
    let epilogue = p.epilogue.of_fused::<A>();
    let is_last = depth.start + depth.len == p.depth;
    // SAFETY: `Fused` computes in `f32`, so that this is the type that it already has.
    let a: Source<'_, f32> = unsafe { core::mem::transmute_copy(&a) };
    let start = c.corner(rows.start, columns.start, rows.len, columns.len);
    let place = Target {
        start: start.cast(),
        next: start.wrapping_add(NR).cast(),
        row_stride: c.strides[0],
        rows: rows.len,
        columns: columns.len,
    };
    let ends = Ends {
        goes_on: depth.start > 0,
        epilogue: is_last.then_some(&epilogue),
        corner: [p.rows.start + rows.start, p.columns.start + columns.start],
    };
    let b = Panel {
        lines: lines.cast(),
        depth: depth.len,
        source: source.map(|runs| (runs.start.cast(), runs.stride)),
        next: Next::new(
            next.start.cast(),
            [next.stride, next.len],
            (lines.cast_const().cast(), NR * depth.len),
            to_pack.map(|lines| lines.cast_const().cast()),
        ),
    };
    // SAFETY: the machine has the features, as the instruction set says; `corner` holds the place inside C, and the caller has the
    // panel, which nobody else reads or writes while it has a source.
    unsafe {
        if I::HAS_AVX512 {
            panel_avx512::<MR, NR>(a, b, place, ends);
        } else {
            panel_avx2::<MR, NR>(a, b, place, ends);
        }
    }
    if is_last {
        // SAFETY: as above.
        unsafe { p.epilogue.follow_rows::<A>(start, c.strides[0], [rows.len, columns.len]) };
    }
}

/// The length of parts of `0..len`, of at most `most`, a multiple of `unit`, so that they are about as long as each other.
fn even(len: usize, most: usize, unit: usize) -> usize {
    len.div_ceil(len.div_ceil(most).max(1)).max(1).next_multiple_of(unit)
}
