"""Reads one safetensors file by mapping it: tensors are views of the file, read from disk when first touched.

The library's own reader copies every tensor into memory; for an encoder whose word table is half its size that doubles
what an idle server holds.
"""

from __future__ import annotations

import json
import math
import mmap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from inference.errors import ModelLoadError

_DTYPES = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "F8_E4M3": torch.float8_e4m3fn,
    "I64": torch.int64,
    "I32": torch.int32,
    "I16": torch.int16,
    "I8": torch.int8,
    "U8": torch.uint8,
    "BOOL": torch.bool,
}
_LENGTH_BYTES = 8
_DONT_NEED: int | None = getattr(mmap, "MADV_DONTNEED", None)
"""Linux drops the pages at once; systems without it keep them until they need the memory."""


def mapped_tensors(path: Path) -> Iterator[tuple[str, Tensor]]:
    """Each tensor by name, as a private view of the file, which must not be written to. When the next one is asked for,
    what was read of it leaves memory, to be read again if it is touched again.

    Raises ModelLoadError when the file is not what its header says.
    """
    try:
        with path.open("rb") as file:
            mapping = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
        length = int.from_bytes(mapping[:_LENGTH_BYTES], "little")
        header = json.loads(mapping[_LENGTH_BYTES : _LENGTH_BYTES + length])
        header.pop("__metadata__", None)
        for name, entry in header.items():
            yield name, _view(mapping, entry, data_start=_LENGTH_BYTES + length)
            _forget(mapping, entry, data_start=_LENGTH_BYTES + length)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelLoadError("model_corrupt", f"{path} cannot be read as safetensors: {error}.") from error


def _view(mapping: mmap.mmap, entry: dict[str, Any], *, data_start: int) -> Tensor:
    dtype = _DTYPES[entry["dtype"]]
    shape = [int(size) for size in entry["shape"]]
    start, end = entry["data_offsets"]
    count = math.prod(shape)
    if end - start != count * dtype.itemsize or not 0 <= start <= end <= len(mapping) - data_start:
        raise ValueError(f"a tensor of shape {shape} does not lie at bytes {start} to {end}")
    if count == 0:
        return torch.empty(shape, dtype=dtype)
    return torch.frombuffer(mapping, dtype=dtype, count=count, offset=data_start + start).view(shape)


def _forget(mapping: mmap.mmap, entry: dict[str, Any], *, data_start: int) -> None:
    """Give the pages back that lie wholly in a tensor, so that copying a checkpoint takes the memory of the copy."""
    start, end = (data_start + offset for offset in entry["data_offsets"])
    first = -(-start // mmap.PAGESIZE) * mmap.PAGESIZE
    if _DONT_NEED is not None and end - first >= mmap.PAGESIZE:
        mapping.madvise(_DONT_NEED, first, end - first)
