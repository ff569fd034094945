//! Other shapes of the same values.

use super::{Shape, Tensor};

impl<S: Shape> Tensor<S> {
    /// The same values, in the same order, in another shape; nothing is copied.
    ///
    /// ```
    /// use loom::Tensor;
    ///
    /// let a = Tensor::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    /// let b = a.reshape::<[[f32; 2]; 3]>();
    /// assert_eq!(b.as_array(), &[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]);
    /// ```
    ///
    /// The new shape has as many values as the old one, or the program does not build. The error comes from
    /// `cargo build`, `run` and `test`; `cargo check` and editors do not see it, because it arises where the compiler
    /// generates code.
    ///
    /// ```compile_fail,E0080
    /// # use loom::Tensor;
    /// let a = Tensor::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    /// let b = a.reshape::<[f32; 5]>(); // `reshape` keeps the number of values, but the tensor has 6 and the new shape 5
    /// ```
    pub fn reshape<T: Shape>(self) -> Tensor<T> {
        const { check_reshape(S::LEN, T::LEN) };
        Tensor::new(self.values)
    }
}

/// Panics, at compile time, where the numbers of values differ.
const fn check_reshape(from: usize, to: usize) {
    if from != to {
        let mut text = Text { bytes: [0; 128], len: 0 };
        text.push(b"`reshape` keeps the number of values, but the tensor has ");
        text.push_number(from);
        text.push(b" and the new shape ");
        text.push_number(to);
        match core::str::from_utf8(text.bytes.split_at(text.len).0) {
            Ok(message) => panic!("{}", message),
            Err(_) => unreachable!(),
        }
    }
}

/// A message put together at compile time, where `format!` is not to be had.
struct Text {
    bytes: [u8; 128],
    len: usize,
}

impl Text {
    const fn push(&mut self, text: &[u8]) {
        let mut i = 0;
        while i < text.len() {
            self.bytes[self.len] = text[i];
            self.len += 1;
            i += 1;
        }
    }

    const fn push_number(&mut self, number: usize) {
        if number >= 10 {
            self.push_number(number / 10);
        }
        self.push(&[b'0' + (number % 10) as u8]);
    }
}
