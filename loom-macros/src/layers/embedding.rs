//! `Embedding<VOCABULARY, D>`

use std::rc::Rc;

use loom_ir::layers::{self as ir, MOST_TOKENS};

use crate::entry::{Args, Entry, LayerSpec, Part, Shape, Site, product};

pub(super) const EMBEDDING: Entry = Entry::new("Embedding", &["VOCABULARY", "D"], &[], read);

struct Embedding {
    vocabulary: usize,
    features: usize,
}

fn read(args: &mut Args<'_>) -> Rc<dyn LayerSpec> {
    let (vocabulary, features) = (args.size(0), args.size(1));
    // embedding_c2: an f32 holds each token's number, of which the last is VOCABULARY - 1.
    if vocabulary > MOST_TOKENS {
        let call = args.call;
        let cure = call.with(0, MOST_TOKENS);
        let message = format!("`{call}` has more tokens than an f32 can count, {MOST_TOKENS}; write at most `{cure}`");
        args.error(&call.positional[0], message);
    }
    Rc::new(Embedding { vocabulary, features })
}

impl LayerSpec for Embedding {
    fn input_hint(&self) -> String {
        "[steps]".to_owned()
    }

    fn infer(&self, input: &[usize], site: &mut Site<'_>) -> Option<Shape> {
        // embedding_c1: the input is [steps].
        if input.len() != 1 {
            let complaint = format!("`{}` takes token numbers [steps], but {}", site.call, site.found());
            site.error(&site.call.name, complaint, "insert `Flatten ->` before it");
            return None;
        }
        Some(vec![product(input), self.features])
    }

    fn width_argument(&self) -> Option<usize> {
        Some(1)
    }

    fn parts(&self, input: &[usize], _: u32) -> Vec<Part> {
        let Embedding { vocabulary, features } = *self;
        vec![Part::only(ir::Embedding { steps: product(input), vocabulary, features })]
    }
}
