//! The header of a safetensors file, as the format's specification has it: read strictly and where it lies.
//!
//! A header comes from anywhere and may be 100 MB of anything. What is kept of it is an entry of a few words for each tensor
//! and one for each key of the metadata, which say where in the text to look; names, shapes and values are read from there
//! when they are asked for. So it takes a small multiple of the text in memory, and time in proportion to it but for sorting.
//!
//! It is read as strictly as the `safetensors` package reads it; a unit test compares the two on 100 000 damaged headers. Two
//! tensors of one name, and more than 64 dimensions, are refused. Memory is at most, in multiples of the header
//! (`tests/format_allocation.rs`):
//!
//! - 4 to load or to resume;
//! - 12 to list, which gives each tensor five places in memory;
//! - 24 to convert, which holds the tensors after, up to three for one, and what became of each.
//!
//! Names are compared a character at a time, up to the first that differs. Time grows with the header's length, but for sorting,
//! however long one name is.

use crate::dtype::Dtype;
use core::cmp::Ordering;
use core::ops::Range;
use std::borrow::Cow;

/// Bytes of a header at most, as the `safetensors` package has it.
pub(crate) const MOST_BYTES: usize = 100_000_000;
/// Dimensions that a tensor has at most.
const MOST_DIMENSIONS: usize = 64;
/// Arrays and objects inside each other at most, as `serde_json` has it.
const MOST_NESTED: usize = 127;
/// The name of the metadata among those of the tensors.
const METADATA: &str = "__metadata__";

/// A tensor of a file, without its bytes.
#[derive(Debug, Clone)]
pub(crate) struct Tensor<'a> {
    pub(crate) name: Cow<'a, str>,
    pub(crate) dtype: Dtype,
    pub(crate) shape: Vec<usize>,
    /// Its bytes, counted from the end of the header.
    pub(crate) range: Range<usize>,
}

/// A header that was checked: its tensors have names of their own, and their bytes lie one after the other and are those of
/// their shapes.
#[derive(Debug)]
pub(crate) struct Header<'a> {
    text: Cow<'a, str>,
    /// In the order of their names.
    tensors: Vec<Entry>,
    /// The keys of the metadata, in their order.
    keys: Vec<Span>,
}

/// Where in the text a tensor's name is and its shape begins, and what else there is to it.
#[derive(Debug)]
struct Entry {
    range: Range<usize>,
    name: Span,
    shape: u32,
    dtype: Dtype,
}

/// Where in the text a string is, between its quotation marks.
#[derive(Debug, Clone, Copy)]
struct Span {
    start: u32,
    end: u32,
}

impl Span {
    /// What the string stands for.
    fn text(self, text: &str) -> Cow<'_, str> {
        unescaped(self.raw(text))
    }

    /// The same, a character at a time: what compares two strings stops where they differ, however long they are.
    fn characters(self, text: &str) -> impl Iterator<Item = char> {
        characters(self.raw(text))
    }

    fn raw(self, text: &str) -> &str {
        &text[self.start as usize..self.end as usize]
    }
}

impl<'a> Header<'a> {
    /// Reads a header; says what is wrong with it.
    pub(crate) fn parse(text: Cow<'a, str>) -> Result<Self, String> {
        let mut reader = Reader { text: &text, at: 0, nested: 0 };
        let (mut tensors, mut keys) = (Vec::new(), Vec::new());
        reader.space();
        let mut metadata = None;
        reader.object(|reader, name| {
            if name.text() != METADATA {
                tensors.push(reader.tensor(name)?);
                return Ok(());
            }
            if metadata.replace(name.span).is_some() {
                return Err(format!("two tensors are named `{METADATA}`"));
            }
            if !reader.takes(b"null") {
                reader.object(|reader, key| {
                    keys.push(key.span);
                    reader.string().map(drop)
                })?;
            }
            Ok(())
        })?;
        reader.space();
        if reader.at < text.len() {
            return Err(reader.expected("nothing behind the header"));
        }
        check_places(&text, &mut tensors)?;
        let by_text = |a: Span, b: Span| a.characters(&text).cmp(b.characters(&text));
        tensors.sort_unstable_by(|a, b| by_text(a.name, b.name));
        if let Some([twice, _]) = tensors.array_windows().find(|[a, b]| by_text(a.name, b.name) == Ordering::Equal) {
            return Err(format!("two tensors are named `{}`", twice.name.text(&text)));
        }
        // Of two values of one key, the last counts.
        keys.sort_unstable_by(|&a, &b| by_text(a, b).then(b.start.cmp(&a.start)));
        keys.dedup_by(|a, b| by_text(*a, *b) == Ordering::Equal);
        Ok(Header { text, tensors, keys })
    }

    /// The end of the last tensor's bytes.
    pub(crate) fn data_len(&self) -> usize {
        self.tensors.iter().map(|entry| entry.range.end).max().unwrap_or(0)
    }

    /// How many tensors there are.
    pub(crate) fn len(&self) -> usize {
        self.tensors.len()
    }

    /// The tensors' names, in their order.
    pub(crate) fn names(&self) -> impl Iterator<Item = Cow<'_, str>> {
        self.tensors.iter().map(|entry| entry.name.text(&self.text))
    }

    /// The name of a tensor, by its place among the names.
    pub(crate) fn name(&self, index: usize) -> Cow<'_, str> {
        self.tensors[index].name.text(&self.text)
    }

    /// The number format of a tensor, by its place among the names.
    pub(crate) fn dtype(&self, index: usize) -> Dtype {
        self.tensors[index].dtype
    }

    /// A tensor, by its place among the names.
    pub(crate) fn tensor(&self, index: usize) -> Tensor<'_> {
        let Entry { range, name, shape, dtype } = &self.tensors[index];
        let mut sizes = Vec::new();
        let mut reader = Reader { text: &self.text, at: *shape as usize, nested: 0 };
        let read = reader.sizes(|size| sizes.push(size));
        debug_assert_eq!(read, Ok(()), "the shape was read before");
        sizes.shrink_to_fit();
        Tensor { name: name.text(&self.text), dtype: *dtype, shape: sizes, range: range.clone() }
    }

    /// The place of a name among the names.
    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        self.tensors.binary_search_by(|entry| entry.name.characters(&self.text).cmp(name.chars())).ok()
    }

    /// The value of a key of the metadata.
    pub(crate) fn metadata(&self, key: &str) -> Option<Cow<'_, str>> {
        let index = self.keys.binary_search_by(|span| span.characters(&self.text).cmp(key.chars())).ok()?;
        Some(self.value(self.keys[index]))
    }

    /// The metadata: keys, in their order, and values.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
        self.keys.iter().map(|&key| (key.text(&self.text), self.value(key)))
    }

    /// The value behind a key.
    fn value(&self, key: Span) -> Cow<'_, str> {
        let mut reader = Reader { text: &self.text, at: key.end as usize + 1, nested: 0 };
        let value = reader.colon().and_then(|()| reader.string());
        value.expect("the metadata was read before").text()
    }
}

/// Checks that the tensors' bytes lie one after the other, from the first on.
fn check_places(text: &str, tensors: &mut [Entry]) -> Result<(), String> {
    tensors.sort_unstable_by_key(|entry| (entry.range.start, entry.range.end));
    let mut start = 0;
    for Entry { range, name, .. } in tensors {
        if range.start != start {
            return Err(format!("invalid offset for tensor `{}`", name.text(text)));
        }
        start = range.end;
    }
    Ok(())
}

/// A string as it stands in the text.
#[derive(Clone, Copy)]
struct Literal<'a> {
    raw: &'a str,
    span: Span,
}

impl<'a> Literal<'a> {
    /// What it stands for.
    fn text(self) -> Cow<'a, str> {
        unescaped(self.raw)
    }
}

/// What stands between quotation marks. Its escapes were checked.
fn unescaped(raw: &str) -> Cow<'_, str> {
    if !raw.contains('\\') {
        return Cow::Borrowed(raw);
    }
    let mut text = String::with_capacity(raw.len());
    text.extend(characters(raw));
    Cow::Owned(text)
}

/// The characters of what stands between quotation marks. Its escapes were checked.
fn characters(raw: &str) -> impl Iterator<Item = char> {
    let mut rest = raw.chars();
    core::iter::from_fn(move || match rest.next()? {
        '\\' => {
            let escape = rest.as_str();
            let (c, len) = unescape(escape).expect("the escapes were checked");
            rest = escape[len..].chars();
            Some(c)
        }
        c => Some(c),
    })
}

/// The character that an escape stands for, and how many bytes it has behind its backslash.
fn unescape(escape: &str) -> Option<(char, usize)> {
    let c = match escape.as_bytes().first()? {
        b'"' => '"',
        b'\\' => '\\',
        b'/' => '/',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => {
            let unit = |at: usize| {
                let digits = escape.get(at..at + 4)?;
                u16::from_str_radix(digits, 16).ok().filter(|_| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
            };
            let first = unit(1)?;
            if let Some(c) = char::from_u32(first.into()) {
                return Some((c, 5));
            }
            let pair = [first, unit(7).filter(|_| escape.get(5..7) == Some("\\u"))?];
            return Some((char::decode_utf16(pair).next()?.ok()?, 11));
        }
        _ => return None,
    };
    Some((c, 1))
}

/// A place in a text of JSON.
struct Reader<'a> {
    text: &'a str,
    at: usize,
    /// Arrays and objects that are open.
    nested: usize,
}

impl<'a> Reader<'a> {
    fn expected(&self, what: &str) -> String {
        let before = &self.text.as_bytes()[..self.at];
        let line = before.iter().filter(|&&c| c == b'\n').count() + 1;
        let column = before.iter().rev().take_while(|&&c| c != b'\n').count() + 1;
        format!("invalid JSON in header: expected {what} at line {line} column {column}")
    }

    /// Whether a value comes next, of whatever kind.
    fn has_value(&self) -> bool {
        self.peek().is_some_and(|c| c.is_ascii_digit() || b"{[\"-ntf".contains(&c))
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\t' | b'\r')) {
            self.at += 1;
        }
    }

    /// Goes past these bytes, if they come next.
    fn takes(&mut self, bytes: &[u8]) -> bool {
        let found = self.text.as_bytes()[self.at..].starts_with(bytes);
        self.at += if found { bytes.len() } else { 0 };
        found
    }

    fn colon(&mut self) -> Result<(), String> {
        self.space();
        if !self.takes(b":") {
            return Err(self.expected("`:`"));
        }
        self.space();
        Ok(())
    }

    /// Reads what stands between two brackets with commas, each item by `item`.
    fn items(
        &mut self,
        [open, close]: [&[u8]; 2],
        what: &str,
        mut item: impl FnMut(&mut Self) -> Result<(), String>,
    ) -> Result<(), String> {
        if !self.takes(open) {
            return Err(self.expected(if self.has_value() { what } else { "value" }));
        }
        self.nested += 1;
        if self.nested > MOST_NESTED {
            return Err(format!("invalid JSON in header: more than {MOST_NESTED} levels of nesting"));
        }
        self.space();
        let mut is_first = true;
        while !self.takes(close) {
            if !is_first {
                if !self.takes(b",") {
                    return Err(self.expected("`,` or the end"));
                }
                self.space();
            }
            item(self)?;
            self.space();
            is_first = false;
        }
        self.nested -= 1;
        Ok(())
    }

    /// Reads an object, each value by `value`, which gets its key.
    fn object(&mut self, mut value: impl FnMut(&mut Self, Literal<'a>) -> Result<(), String>) -> Result<(), String> {
        self.items([b"{", b"}"], "an object", |reader| {
            let key = reader.string()?;
            reader.colon()?;
            value(reader, key)
        })
    }

    fn string(&mut self) -> Result<Literal<'a>, String> {
        let text = self.text;
        if !self.takes(b"\"") {
            return Err(self.expected("a string"));
        }
        let from = self.at;
        loop {
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => match unescape(&text[self.at + 1..]) {
                    Some((_, len)) => self.at += 1 + len,
                    None => return Err(self.expected("an escape")),
                },
                Some(0x20..) => self.at += 1,
                _ => return Err(self.expected("the end of a string")),
            }
        }
        let (raw, span) = (&text[from..self.at], Span { start: from as u32, end: self.at as u32 });
        self.at += 1;
        Ok(Literal { raw, span })
    }

    /// Reads a number of JSON's.
    fn number(&mut self) -> Result<&'a str, String> {
        let (text, start) = (self.text, self.at);
        let digits = |reader: &mut Self| {
            let from = reader.at;
            while reader.peek().is_some_and(|c| c.is_ascii_digit()) {
                reader.at += 1;
            }
            if reader.at > from { Ok(()) } else { Err(reader.expected("value")) }
        };
        self.takes(b"-");
        if !self.takes(b"0") {
            digits(self)?;
        }
        if self.takes(b".") {
            digits(self)?;
        }
        if self.takes(b"e") || self.takes(b"E") {
            let _ = self.takes(b"+") || self.takes(b"-");
            digits(self)?;
        }
        Ok(&text[start..self.at])
    }

    /// Reads a size or an offset.
    fn size(&mut self) -> Result<usize, String> {
        let number = self.number()?;
        number.parse().map_err(|_| format!("`{number}` is no size in header"))
    }

    fn sizes(&mut self, mut size: impl FnMut(usize)) -> Result<(), String> {
        self.items([b"[", b"]"], "an array", |reader| reader.size().map(&mut size))
    }

    /// Reads past a value that nothing is known of.
    fn skip(&mut self) -> Result<(), String> {
        match self.peek() {
            Some(b'{') => self.object(|reader, _| reader.skip()),
            Some(b'[') => self.items([b"[", b"]"], "an array", Self::skip),
            Some(b'"') => self.string().map(drop),
            _ if self.takes(b"null") || self.takes(b"true") || self.takes(b"false") => Ok(()),
            _ => {
                let number = self.number()?;
                let is_finite = number.parse::<f64>().is_ok_and(f64::is_finite);
                if is_finite { Ok(()) } else { Err(self.expected("a number in the range of binary64")) }
            }
        }
    }

    /// Reads what a header has of a tensor.
    fn tensor(&mut self, name: Literal<'a>) -> Result<Entry, String> {
        let (mut dtype, mut shape, mut offsets) = (None, None, None);
        self.object(|reader, key| {
            let key = key.text();
            let is_twice = match &*key {
                "dtype" => {
                    let found = reader.string()?.text();
                    let known = Dtype::from_name(&found);
                    let known = known.ok_or_else(|| format!("tensor `{}` is of type `{found}`", name.text()))?;
                    dtype.replace(known).is_some()
                }
                "shape" => {
                    let (at, mut rank, mut values) = (reader.at as u32, 0, Some(1_usize));
                    reader.sizes(|size| {
                        rank += 1;
                        values = values.and_then(|values| values.checked_mul(size));
                    })?;
                    if rank > MOST_DIMENSIONS {
                        let name = name.text();
                        return Err(format!("tensor `{name}` has more than {MOST_DIMENSIONS} dimensions"));
                    }
                    shape.replace((at, values)).is_some()
                }
                "data_offsets" => {
                    let (mut found, mut count) = ([0; 2], 0);
                    reader.sizes(|offset| {
                        if let Some(to) = found.get_mut(count) {
                            *to = offset;
                        }
                        count += 1;
                    })?;
                    if count != 2 {
                        return Err(format!("tensor `{}` has {count} offsets, not a start and an end", name.text()));
                    }
                    offsets.replace(found).is_some()
                }
                _ => {
                    reader.skip()?;
                    false
                }
            };
            if is_twice { Err(format!("tensor `{}` has `{key}` twice", name.text())) } else { Ok(()) }
        })?;
        let (Some(dtype), Some((shape, values)), Some([start, end])) = (dtype, shape, offsets) else {
            return Err(format!("tensor `{}` has no `dtype`, `shape` or `data_offsets`", name.text()));
        };
        let Some(len) = end.checked_sub(start) else {
            return Err(format!("invalid offset for tensor `{}`", name.text()));
        };
        let Some(bits) = values.and_then(|values| values.checked_mul(dtype.bits())) else {
            return Err("overflow computing buffer size from shape and/or element type".to_owned());
        };
        if !bits.is_multiple_of(8) || bits / 8 != len {
            return Err("invalid shape, data type, or offset for tensor".to_owned());
        }
        Ok(Entry { range: start..end, name: name.span, shape, dtype })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use safetensors::SafeTensors;
    use std::collections::{BTreeMap, HashMap};

    /// What the `safetensors` package says of a header and so many bytes: its tensors and metadata, or nothing.
    type Read = (BTreeMap<String, (String, Vec<usize>, Vec<u8>)>, HashMap<String, String>);

    fn theirs(header: &[u8], data: &[u8]) -> Option<Read> {
        let file = [&(header.len() as u64).to_le_bytes(), header, data].concat();
        let tensors = SafeTensors::deserialize(&file).ok()?;
        let metadata = SafeTensors::read_metadata(&file).ok()?.1.metadata().clone();
        let tensor = |(name, view): (String, safetensors::tensor::TensorView<'_>)| {
            (name, (view.dtype().to_string(), view.shape().to_vec(), view.data().to_vec()))
        };
        Some((tensors.tensors().into_iter().map(tensor).collect(), metadata.unwrap_or_default()))
    }

    fn ours(header: &[u8], data: &[u8]) -> Result<Read, String> {
        let text = str::from_utf8(header).map_err(|error| error.to_string())?;
        let header = Header::parse(text.into())?;
        if header.data_len() != data.len() {
            return Err("incomplete".to_owned());
        }
        let tensor = |index| {
            let Tensor { name, dtype, shape, range } = header.tensor(index);
            assert_eq!(header.find(&name), Some(index));
            (name.into_owned(), (dtype.to_string(), shape, data[range].to_vec()))
        };
        let pair = |(key, value): (Cow<'_, str>, Cow<'_, str>)| {
            assert_eq!(header.metadata(&key).as_deref(), Some(&*value));
            (key.into_owned(), value.into_owned())
        };
        Ok(((0..header.len()).map(tensor).collect(), header.pairs().map(pair).collect()))
    }

    /// Headers, some of them sound, and many that differ from them in a few bytes: what is read here the package reads alike,
    /// and what is refused here alone are two tensors of one name.
    #[test]
    fn the_package_reads_the_same() {
        let sound = [
            r#"{"__metadata__":{"format":"pt","loom.shape.a":"[2, 3]"},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"I8","shape":[2,4],"data_offsets":[8,16]}}  "#,
            r#"{"b" : {"dtype": "F4", "shape":[16], "data_offsets": [ 8 , 16 ]}, "a":{"shape":[1,1],"data_offsets":[0,8],"dtype":"F64"} }"#,
            r#"{"x\u00e9\ud83d\ude00\n":{"dtype":"U8","shape":[16],"data_offsets":[0,16],"more":[1.5e3,-0,{"a":[null,true,false,"\\"]}]}}"#,
            r#"{"e":{"dtype":"F16","shape":[0,5],"data_offsets":[0,0]},"__metadata__":null,"s":{"dtype":"BF16","shape":[8],"data_offsets":[0,16]}}"#,
            r#"{"a":{"dtype":"BOOL","shape":[16],"data_offsets":[0,16]},"__metadata__":{"k":"1","k":"2"}}"#,
        ];
        const BYTES: &[u8] = b"0123456789[]{},:\" -+.eEFIU\\unt\0\xc3\xa9";
        let data: Vec<u8> = (0..16).collect();
        let mut state = 1_u64;
        let mut below = |bound: usize| {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            ((state >> 33) % bound as u64) as usize
        };
        let (mut accepted, mut refused) = (0, 0);
        for header in sound {
            assert_eq!(ours(header.as_bytes(), &data).ok(), theirs(header.as_bytes(), &data), "{header}");
            for round in 0..20_000 {
                let mut bytes = header.as_bytes().to_vec();
                for _ in 0..1 + round % 3 {
                    let at = below(bytes.len());
                    let byte = BYTES[below(BYTES.len())];
                    match below(3) {
                        0 => bytes[at] = byte,
                        1 => bytes.insert(at, byte),
                        _ => drop(bytes.remove(at)),
                    }
                }
                let text = String::from_utf8_lossy(&bytes).into_owned();
                match (ours(&bytes, &data), theirs(&bytes, &data)) {
                    (Ok(ours), theirs) => {
                        assert_eq!(Some(ours), theirs, "{text}");
                        accepted += 1;
                    }
                    (Err(_), None) => refused += 1,
                    (Err(reason), Some(_)) => assert!(reason.contains("two tensors are named"), "{reason}: {text}"),
                }
            }
        }
        assert!(accepted > 1000 && refused > 1000, "{accepted} accepted, {refused} refused");
    }

    /// Names are in the order of what they stand for, and are found by it.
    #[test]
    fn escaped_names_are_in_order() {
        let names = [r"\uffff", r"\ud83d\ude00", "é", r"\u0041", "A\u{301}", "AB", r"\n", "", r"a\\", r"a\/", "a"];
        let tensors = names.map(|name| format!(r#""{name}":{{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}"#));
        let header = Header::parse(format!("{{{}}}", tensors.join(",")).into()).expect("the header is sound");
        let found: Vec<_> = header.names().collect();
        assert_eq!(found, ["", "\n", "A", "AB", "A\u{301}", "a", "a/", "a\\", "é", "\u{ffff}", "\u{1f600}"]);
        assert!(found.iter().enumerate().all(|(index, name)| header.find(name) == Some(index)));
        assert!(["\0", "B", "A\u{300}", "a\\b", "\u{fffe}"].iter().all(|name| header.find(name).is_none()));
        let twice = r#""b\n":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"b\u000a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}"#;
        let reason = Header::parse(format!("{{{twice}}}").into()).map(drop);
        assert_eq!(reason, Err("two tensors are named `b\n`".to_owned()));
    }

    /// A comparison takes as long as two names are alike: one name of 4 MB among many, which each search comes by, costs no
    /// more than its length.
    #[test]
    fn one_long_name_among_many() {
        const NAMES: usize = 60_000;
        let name =
            |i: usize| if i == NAMES / 2 { format!(r"{i:05}\n{}", "x".repeat(4 << 20)) } else { format!("{i:05}") };
        let tensor = |i: usize| format!(r#""{}":{{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}"#, name(i));
        let pair = |i: usize| format!(r#""{}":"{i}""#, name(i));
        let list = |of: &dyn Fn(usize) -> String| (0..NAMES).map(of).collect::<Vec<_>>().join(",");
        let text = format!(r#"{{"__metadata__":{{{}}},{}}}"#, list(&pair), list(&tensor));
        let start = std::time::Instant::now();
        let header = Header::parse(text.into()).expect("the header is sound");
        for i in (0..NAMES).filter(|&i| i != NAMES / 2) {
            let name = format!("{i:05}");
            assert_eq!(header.find(&name), Some(i));
            assert_eq!(header.find(&format!("{name}_scale")), None);
            assert_eq!(header.metadata(&name), Some(i.to_string().into()));
        }
        let seconds = start.elapsed().as_secs_f64();
        println!("{seconds:.2} s");
        assert!(seconds < 10.0, "{seconds} s");
    }

    #[test]
    fn limits() {
        let parse = |text: &str| Header::parse(Cow::Borrowed(text)).map(drop);
        let tensor = |rest: &str| format!(r#"{{"a":{{"dtype":"U8","shape":[],"data_offsets":[0,1]{rest}}}}}"#);
        let nested = |levels: usize| tensor(&format!(r#","x":{}{}"#, "[".repeat(levels), "]".repeat(levels)));
        assert_eq!(parse(&nested(125)), Ok(()));
        assert!(parse(&nested(126)).is_err_and(|reason| reason.contains("nesting")));
        assert_eq!(theirs(nested(125).as_bytes(), &[0]).is_some(), parse(&nested(125)).is_ok());
        assert_eq!(theirs(nested(126).as_bytes(), &[0]).is_some(), parse(&nested(126)).is_ok());
        let shape = |dimensions: usize| {
            format!(r#"{{"a":{{"dtype":"U8","shape":[{}1],"data_offsets":[0,1]}}}}"#, "1,".repeat(dimensions - 1))
        };
        assert_eq!(parse(&shape(64)), Ok(()));
        assert_eq!(parse(&shape(65)), Err("tensor `a` has more than 64 dimensions".to_owned()));
        for (rest, reason) in [
            (r#","dtype":"U8""#, "tensor `a` has `dtype` twice"),
            (r#","x":1e999"#, "invalid JSON in header: expected a number in the range of binary64 at line 1 column 61"),
            (r#","x":01"#, "invalid JSON in header: expected `,` or the end at line 1 column 57"),
        ] {
            assert_eq!(parse(&tensor(rest)), Err(reason.to_owned()));
            assert_eq!(theirs(tensor(rest).as_bytes(), &[0]), None);
        }
    }
}
