"""Joins the tensors of a quantised checkpoint to weights, as they stream by: what is stored in parts becomes one.

Knows names of parts, not of layers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from torch import Tensor

from inference.errors import ModelLoadError
from inference.layers.formats import Int4
from inference.quant.repack import from_awq, from_blocks, from_gptq
from inference.quant.scheme import Scheme

_PARTS = {
    "gptq": frozenset({"qweight", "qzeros", "scales", "g_idx"}),
    "awq": frozenset({"qweight", "qzeros", "scales"}),
    "fp8": frozenset({"weight", "weight_scale_inv"}),
}


def weights(
    tensors: Iterable[tuple[str, Tensor]], scheme: Scheme | None, *, place: Path
) -> Iterator[tuple[str, Tensor | Int4]]:
    """Each weight by its name in a whole checkpoint, `…weight` for one that came in parts; the rest as it is.

    Holds the parts of modules that are not complete yet. Raises ModelLoadError for parts that are missing or disagree.
    """
    if scheme is None:
        yield from tensors
        return
    waiting: dict[str, dict[str, Tensor]] = {}
    for name, tensor in tensors:
        module, _, part = name.rpartition(".")
        if part not in _PARTS[scheme.method] or (part == "weight" and tensor.itemsize != 1):
            yield name, tensor
            continue
        # Views of a mapped file: what is read of one leaves memory when the next is asked for.
        parts = waiting.setdefault(module, {})
        parts[part] = tensor
        if parts.keys() == _PARTS[scheme.method]:
            yield f"{module}.weight", _joined(waiting.pop(module), scheme, module=module, place=place)
    for module in [each for each, parts in waiting.items() if _PARTS[scheme.method] - parts.keys() == {"g_idx"}]:
        yield f"{module}.weight", _joined(waiting.pop(module), scheme, module=module, place=place)
    if waiting:
        module, parts = min(waiting.items())
        lost = ", ".join(sorted(_PARTS[scheme.method] - parts.keys()))
        raise ModelLoadError(
            "weights_missing",
            f"{place} lacks parts of {len(waiting)} {scheme.method} weights, first {module!r}: {lost}.",
        )


def _joined(parts: dict[str, Tensor], scheme: Scheme, *, module: str, place: Path) -> Tensor | Int4:
    try:
        if scheme.method == "fp8":
            return from_blocks(parts["weight"], parts["weight_scale_inv"], scheme.block)
        if scheme.method == "awq":
            return from_awq(parts["qweight"], parts["qzeros"], parts["scales"])
        return from_gptq(parts["qweight"], parts["qzeros"], parts["scales"], parts.get("g_idx"), scheme.zero_offset)
    except ValueError as error:
        raise ModelLoadError(
            "unsupported_model", f"{place}: the {scheme.method} weight {module!r} cannot be read: {error}."
        ) from error
