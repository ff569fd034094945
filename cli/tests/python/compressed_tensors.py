"""Writes files as compressed-tensors does, and compares what they mean with what Loom makes of them.

usage: compressed_tensors.py write|check DIR

`write` leaves `<form>.safetensors` in DIR. `check` reads every `<name>.safetensors` beside which there is a
`<name>.loom.safetensors`, Loom's conversion to F32, and decodes it by itself: the forms are written here from the source of
compressed-tensors 0.20 (`compressors/naive_quantized`, `nvfp4`, `mxfp4`, and `_dequantize`), with numpy and ml_dtypes alone.
"""

import json
import sys
from pathlib import Path

import ml_dtypes
import numpy as np
from safetensors.numpy import load_file, save_file

E2M1 = np.array([0, 0.5, 1, 1.5, 2, 3, 4, 6, -0.0, -0.5, -1, -1.5, -2, -3, -4, -6], np.float32)

DTYPES = {
    "F32": np.float32, "F16": np.float16, "BF16": ml_dtypes.bfloat16, "F8_E4M3": ml_dtypes.float8_e4m3fn,
    "I8": np.int8, "U8": np.uint8,
}


def read(path):
    """The tensors of a file, those too that safetensors.numpy has no type for."""
    data = path.read_bytes()
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + size])
    header.pop("__metadata__")
    tensors = {}
    for name, info in header.items():
        begin, end = (8 + size + offset for offset in info["data_offsets"])
        tensors[name] = np.frombuffer(data[begin:end], DTYPES[info["dtype"]]).reshape(info["shape"])
    return tensors


def unpack(packed):
    """Two codes in a byte, the even column low."""
    return E2M1[np.stack([packed & 15, packed >> 4], axis=-1).reshape(packed.shape[0], -1)]


def nvfp4(packed, scale, global_scale):
    """What the package computes: the quotient is rounded, then the product."""
    scale = scale.astype(np.float32) / global_scale
    return unpack(packed) * scale.repeat(16, axis=1)


def nvfp4_of_loom(packed, scale, global_scale):
    """What Loom computes: it multiplies by the number of 16 significant bits whose reciprocal the global scale is."""
    reciprocal = np.float32(1) / global_scale
    bits = int(reciprocal.view(np.uint32)[0])
    rounded = np.array([(bits + 0x7F + ((bits >> 8) & 1)) & ~0xFF], np.uint32).view(np.float32)
    factor = rounded if np.float32(1) / rounded == global_scale else reciprocal
    return (unpack(packed) * scale.astype(np.float32).repeat(16, axis=1)) * factor


def mxfp4(packed, exponents):
    return unpack(packed) * np.ldexp(np.float32(1), exponents.astype(np.int32) - 127).repeat(32, axis=1)


def int8(codes, scale, zero_point=None):
    zero_point = np.int8(0) if zero_point is None else zero_point
    difference = codes.astype(np.float32) - spread(np.asarray(zero_point), codes)
    return difference * spread(scale, codes)


def spread(values, codes):
    """One of a weight's, of each row's or of each group of columns', for each code."""
    values = values.astype(np.float32)
    values = values if values.ndim == 2 else values.reshape(-1, 1)
    return values.repeat(codes.shape[1] // values.shape[1], axis=1)


def write(folder):
    random = np.random.default_rng(7)
    codes = random.integers(-128, 128, (5, 33), np.int8)
    packed = random.integers(0, 256, (6, 32), np.uint8)
    block_scale = random.uniform(0.02, 400, (6, 4)).astype(ml_dtypes.float8_e4m3fn)
    bias = random.standard_normal(6).astype(np.float32)
    channel = random.uniform(0.001, 0.1, (5, 1))
    files = {
        # Scales in the model's own format, one for each channel; one for all.
        "int8": {
            "a.weight": codes,
            "a.weight_scale": channel.astype(ml_dtypes.bfloat16),
            "b.weight": codes,
            "b.weight_scale": channel[:1, 0].astype(np.float16),
            "c.weight": codes,
            "c.weight_scale": channel.astype(np.float32),
        },
        "int8_zero_points": {
            "a.weight": codes,
            "a.weight_scale": channel.astype(np.float32),
            "a.weight_zero_point": random.integers(-128, 128, (5, 1), np.int8),
            "b.weight": codes,
            "b.weight_scale": channel[:1, :1].astype(np.float32),
            "b.weight_zero_point": np.array([[-3]], np.int8),
        },
        "nvfp4": {
            "a.weight_packed": packed,
            "a.weight_scale": block_scale,
            "a.weight_global_scale": np.array([448 * 6 / 0.37], np.float32),
            "a.bias": bias,
        },
        # As NVIDIA's ModelOpt writes it, which multiplies.
        "modelopt": {
            "a.weight": packed,
            "a.weight_scale": block_scale,
            "a.weight_scale_2": np.array(0.37 / (448 * 6), np.float32),
        },
        "mxfp4": {
            "a.weight_packed": packed,
            "a.weight_scale": random.integers(90, 140, (6, 2), np.uint8),
            "a.bias": bias,
        },
    }
    for name, tensors in files.items():
        save_file(tensors, folder / f"{name}.safetensors", metadata={"format": "pt"})
    print(f"{len(files)} files")


def decode(name, tensors):
    """The values of a weight; None for what is no weight of its own."""
    for suffix in ("_scale", "_scale_2", "_zero_point", "_global_scale"):
        if name.endswith(suffix):
            return None, None
    if name.endswith("_packed"):
        stem = name.removesuffix("_packed")
        scale = tensors[f"{stem}_scale"]
        global_scale = tensors.get(f"{stem}_global_scale")
        if global_scale is None:
            return stem, mxfp4(tensors[name], scale)
        packages = nvfp4(tensors[name], scale, global_scale)
        looms = nvfp4_of_loom(tensors[name], scale, global_scale)
        assert (np.abs(packages - looms) <= 2.0**-22 * np.abs(packages)).all(), stem
        return stem, looms
    if tensors[name].dtype == np.int8:
        return name, int8(tensors[name], tensors[f"{name}_scale"], tensors.get(f"{name}_zero_point"))
    if tensors[name].dtype == np.uint8:
        scale = tensors[f"{name}_scale"].astype(np.float32).repeat(16, axis=1)
        return name, (unpack(tensors[name]) * scale) * tensors[f"{name}_scale_2"]
    return name, tensors[name].astype(np.float32)


def check(folder):
    files = sorted(folder.glob("*.loom.safetensors"))
    for path in files:
        loom = load_file(path)
        tensors = read(path.with_name(path.name.replace(".loom", "")))
        expected = dict(decode(name, tensors) for name in tensors)
        expected.pop(None, None)
        assert set(expected) == set(loom), f"{path.name}: {set(expected) ^ set(loom)}"
        for name, values in expected.items():
            found = loom[name]
            # Loom has no -0.
            values = np.where(values == 0, np.float32(0), values)
            assert found.dtype == np.float32 and found.shape == values.shape, name
            differing = np.flatnonzero(found.view(np.uint32) != values.view(np.uint32))
            if differing.size:
                i = differing[0]
                raise AssertionError(f"{path.name} {name}[{i}]: Python has {values.flat[i]!r}, Loom {found.flat[i]!r}")
    print(f"{len(files)} files agree")


if __name__ == "__main__":
    action, folder = sys.argv[1:]
    {"write": write, "check": check}[action](Path(folder))
