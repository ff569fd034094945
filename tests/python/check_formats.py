"""Opens the thirteen files that tests/python.rs saved, and compares what Python reads with what Loom decodes.

usage: check_formats.py DIR

DIR holds `<dtype>.safetensors`, a network in each number format, and `<dtype>.expected.safetensors`, the values that
Loom computes with, as F32. The meaning of the formats is written here a second time, from their description in
`loom/src/dtype/mod.rs`, with numpy and ml_dtypes alone.
"""

import json
import sys
from pathlib import Path

import ml_dtypes
import numpy as np
from safetensors import safe_open
from safetensors.numpy import load_file

# What numpy, with ml_dtypes, has.
DTYPES = {
    "F64": np.float64, "F32": np.float32, "F16": np.float16, "BF16": ml_dtypes.bfloat16,
    "I64": np.int64, "I32": np.int32, "I16": np.int16, "I8": np.int8,
    "U64": np.uint64, "U32": np.uint32, "U16": np.uint16, "U8": np.uint8,
    "F8_E4M3": ml_dtypes.float8_e4m3fn,
}


def read(path):
    """The header's metadata, and the tensors: by numpy where it has the dtype, as bytes where it has not."""
    data = path.read_bytes()
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + size])
    metadata = header.pop("__metadata__")
    tensors = {}
    for name, info in header.items():
        begin, end = info["data_offsets"]
        raw = np.frombuffer(data[8 + size + begin : 8 + size + end], np.uint8)
        dtype = DTYPES.get(info["dtype"])
        tensors[name] = raw if dtype is None else raw.view(dtype).reshape(info["shape"])
    return metadata, tensors


def decode_f4(codes, block_scale, scale, rows, columns):
    """NVFP4 in ten lines: two codes in a byte, the even column low; blocks of 16 columns."""
    codes = codes.reshape(rows, -1)
    nibbles = np.stack([codes & 15, codes >> 4], axis=-1).reshape(rows, -1)[:, :columns]
    magnitudes = np.array([0, 0.5, 1, 1.5, 2, 3, 4, 6], np.float32)
    values = magnitudes[nibbles & 7] * np.where(nibbles & 8, np.float32(-1), np.float32(1))
    blocks = block_scale.astype(np.float32).repeat(16, axis=1)[:, :columns]
    return values * blocks * scale[0]


def decode(name, dtype, tensors, shape):
    """The values of one tensor, as F32."""
    codes = tensors[name]
    scale = tensors.get(f"{name}_scale")
    if scale is None:
        return codes.astype(np.float32)
    if dtype == "F4":
        rows, columns = shape[0], int(np.prod(shape[1:]))
        return decode_f4(codes, scale, tensors[f"{name}_scale_2"], rows, columns).reshape(shape)
    zero = tensors.get(f"{name}_zero_point", np.zeros((), codes.dtype))
    # Python's integers: the difference of two 64-bit codes may need 65 bits.
    columns = codes.reshape(codes.shape[0], -1).astype(object)
    difference = (columns - zero.astype(object)).astype(np.float32)
    return (difference * scale).reshape(codes.shape)


def flush(values):
    return np.where(np.abs(values) < 2.0**-60, np.float32(0), values)


def check(folder, dtype):
    path = folder / f"{dtype.lower()}.safetensors"
    expected = load_file(folder / f"{dtype.lower()}.expected.safetensors")
    # The library itself must open the file, and read every tensor whose dtype numpy has without help.
    _, tensors = read(path)
    with safe_open(path, framework="np") as file:
        assert file.metadata()["format"] == "pt"
        assert set(file.keys()) == set(tensors), f"{file.keys()} are not {list(tensors)}"
    if dtype not in ("F4", "BF16"):
        for name, values in load_file(path).items():
            assert values.dtype == tensors[name].dtype and (values == tensors[name]).all(), name
    for name, values in expected.items():
        actual = flush(decode(name, dtype, tensors, values.shape))
        assert actual.dtype == np.float32 and actual.shape == values.shape, name
        differing = np.flatnonzero(actual.view(np.uint32) != values.view(np.uint32))
        if differing.size:
            i = differing[0]
            raise AssertionError(f"{dtype} {name}[{i}]: Python has {actual.flat[i]!r}, Loom {values.flat[i]!r}")


def main():
    folder = Path(sys.argv[1])
    dtypes = ["F64", "F32", "F16", "BF16", "F4", "I64", "I32", "I16", "I8", "U64", "U32", "U16", "U8"]
    for dtype in dtypes:
        check(folder, dtype)
    print(f"{len(dtypes)} formats agree")


if __name__ == "__main__":
    main()
