//! `Dropout<P>`

use std::rc::Rc;

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use crate::entry::{Args, Emit, Entry, Header, LayerSpec, Shape, Site, number, product};

pub(super) const DROPOUT: Entry = Entry { name: "Dropout", positional: &["P"], variadic: false, options: &[], read };

struct Dropout {
    probability: f32,
}

fn read(args: &mut Args<'_>) -> Rc<dyn LayerSpec> {
    let call = args.call;
    let mut probability = 0.0;
    if let [value] = call.positional.as_slice() {
        // dropout_c1: 0 <= P < 1; at 1 the scale 1 / (1 - P) would be infinite.
        let range: (fn(f32) -> bool, _) = (|p| (0.0..1.0).contains(&p), "at least 0.0 and below 1.0");
        probability = args.float("P", value, range, |p| {
            // One who is off by the sign or writes percent.
            let meant = [-p, p / 100.0].into_iter().find(|meant| (0.01..1.0).contains(meant) && p != 1.0);
            call.with(0, meant.unwrap_or(0.5))
        });
    }
    Rc::new(Dropout { probability })
}

impl LayerSpec for Dropout {
    fn infer(&self, input: &[usize], _: &mut Site<'_>) -> Option<Shape> {
        Some(input.to_vec())
    }

    fn is_random(&self) -> bool {
        true
    }

    fn header(&self, cx: &Emit<'_>) -> Header {
        // Exact: a binary32 below 1 times 2^32 is below 2^32.
        let threshold = (f64::from(self.probability) * 4_294_967_296.0) as usize;
        let sizes = [("LEN", product(cx.input)), ("THRESHOLD", threshold), ("STREAM", cx.stream as usize)];
        Header::new("DROPOUT").sizes(sizes).float("SCALE", 1.0 / (1.0 - self.probability))
    }

    fn emit(&self, cx: &Emit<'_>) -> TokenStream {
        let (len, probability) = (number(product(cx.input)), self.probability);
        let stream = Literal::u32_unsuffixed(cx.stream);
        cx.layer("Dropout", quote!(len: #len, probability: #probability, stream: #stream))
    }
}
