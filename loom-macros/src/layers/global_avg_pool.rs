//! `GlobalAvgPool`, the mean of each channel.

use std::rc::Rc;

use proc_macro2::TokenStream;
use quote::quote;

use crate::entry::{Emit, Entry, Header, LayerSpec, Shape, Site, number, product};

pub(super) const GLOBAL_AVG_POOL: Entry =
    Entry { name: "GlobalAvgPool", positional: &[], variadic: false, options: &[], read: |_| Rc::new(GlobalAvgPool) };

struct GlobalAvgPool;

impl LayerSpec for GlobalAvgPool {
    fn input_hint(&self) -> String {
        "[channels, rows, columns]".to_owned()
    }

    fn infer(&self, input: &[usize], site: &mut Site<'_>) -> Option<Shape> {
        // global_avg_pool_c1: the input is [channels, rows, columns] or [channels, length].
        if let [values] = *input {
            let (call, found) = (site.call, site.found());
            let complaint = format!("`{call}` takes [channels, rows, columns] or [channels, length], but {found}");
            let cure = format!("insert `Reshape<1, {values}> ->` before it for the mean of all");
            site.error(&call.name, complaint, cure);
            return None;
        }
        Some(vec![input[0]])
    }

    fn header(&self, cx: &Emit<'_>) -> Header {
        let len = product(&cx.input[1..]);
        Header::new("GLOBAL_AVG_POOL").sizes([("CHANNELS", cx.input[0]), ("LEN", len)]).float("SHARE", 1.0 / len as f32)
    }

    fn emit(&self, cx: &Emit<'_>) -> TokenStream {
        let (channels, len) = (number(cx.input[0]), number(product(&cx.input[1..])));
        cx.layer("GlobalAvgPool", quote!(channels: #channels, len: #len))
    }
}
