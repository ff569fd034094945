//! What the tool says of itself and of wrong arguments.

mod common;

use common::loom;

#[test]
fn helps() {
    for (arguments, expected) in [
        (&["--help"][..], "Exit codes:"),
        (&["inspect", "--help"], "loom inspect digits.safetensors"),
        (&["convert", "--help"], "[possible values: F64, F32, F16, BF16, F4, I64, I32, I16, I8, U64, U32, U16, U8]"),
        (&["convert", "--help"], "--form compressed-tensors"),
        (&["--version"], concat!("loom ", env!("CARGO_PKG_VERSION"))),
    ] {
        let run = loom(arguments);
        assert_eq!((run.code, run.err.as_str()), (0, ""), "{arguments:?}");
        assert!(run.out.contains(expected), "{arguments:?}: {}", run.out);
    }
}

#[test]
fn wrong_arguments_are_usage_errors() {
    for (arguments, expected) in [
        (&[][..], "Usage: loom <COMMAND>"),
        (&["shrink"], "error: unrecognized subcommand 'shrink'"),
        (&["inspect"], "error: the following required arguments were not provided:\n  <FILE>"),
        (&["convert", "a", "b"], "error: the following required arguments were not provided:\n  --dtype <DTYPE>"),
        (&["convert", "a", "b", "--dtype", "F8"], "error: invalid value 'F8' for '--dtype <DTYPE>'"),
        (&["convert", "a", "b", "--dtype", "F4", "--form", "gguf"], "error: invalid value 'gguf' for '--form <FORM>'"),
        (
            &["convert", "a", "b", "--dtype", "I16", "--form", "compressed-tensors"],
            "error: compressed-tensors has no form for weights of I16; \
             write `--dtype I8`, `--dtype U8` or `--dtype F4`\n",
        ),
        (
            &["convert", "a", "b", "--dtype", "I8", "--convolutions", "F16", "--form", "compressed-tensors"],
            "error: compressed-tensors keeps convolutions in F32; leave out `--convolutions`\n",
        ),
    ] {
        let run = loom(arguments);
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{arguments:?}: {}", run.err);
        assert!(run.err.contains(expected), "{arguments:?}: {}", run.err);
    }
}
