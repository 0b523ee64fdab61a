"""Gives linear layers of a decoder their weights in fewer bits, each as soon as its whole matrix is there.

Knows which of a decoder's matrices are multiplied as they are; nothing of files.
"""

from __future__ import annotations

import functools
from itertools import groupby
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor, nn

from inference.errors import ModelLoadError
from inference.kernels.reference.linear import quantise_rows
from inference.layers.experts import ExpertMLP
from inference.layers.formats import E4m3, Int4, Int8, WeightFormat
from inference.layers.plain import Linear
from inference.quant.scheme import Scheme

Rounding = Literal["none", "fp8", "int8"]

_EXPERTS = (".gate_up", ".down")
_WHOLE = "attention.up.weight"
"""Latent attention reads this matrix row by row."""


class Store:
    """Over a decoder whose weights are being filled in."""

    def __init__(
        self, decoder: nn.Module, rounding: Rounding, device: torch.device, *, place: Path, scheme: Scheme | None
    ) -> None:
        """rounding: what whole matrices become. Raises ModelLoadError where the device has no such numbers, or the
        checkpoint at `place` has fewer bits already."""
        if scheme is not None and scheme.method != "fp8" and rounding != "none":
            raise ModelLoadError(
                "bad_setting",
                f"{place} is quantised by {scheme.method}; leave out --quantization {rounding}, or serve the "
                "unquantised checkpoint.",
            )
        if rounding == "int8" and device.type != "cpu":
            raise ModelLoadError(
                "bad_setting", "--quantization int8 computes on CPUs only; on a GPU use --quantization fp8."
            )
        self._decoder = decoder
        self._dtype = next(decoder.parameters()).dtype
        self._rounding = rounding
        self._device = device
        self._parts: dict[str, list[tuple[int, int, Int4]]] = {}

    def takes(self, parameter: str) -> bool:
        """Whether that parameter may be kept in another form than a matrix."""
        inner = parameter.startswith("layers.") and not parameter.endswith(_WHOLE)
        return inner and parameter.endswith(".weight") and isinstance(self._module(parameter), Linear)

    def takes_experts(self, parameter: str) -> bool:
        """Whether it has the matrices of a layer's experts."""
        return parameter.endswith(_EXPERTS) and isinstance(self._module(parameter), ExpertMLP)

    def add(self, parameter: str, first: int, part: Int4, expert: int = 0) -> None:
        """Rows of the matrix, or the expert's, from `first` on."""
        self._parts.setdefault(parameter, []).append((expert, first, part))

    def complete(self, parameter: str) -> None:
        """All rows of the parameter are there. Raises ModelLoadError for parts that do not fit together."""
        parts = sorted(self._parts.pop(parameter, []), key=lambda each: each[:2])
        if parts and self.takes_experts(parameter):
            self._keep_experts(parameter, parts)
        elif parts:
            self._keep(parameter, _joined([part for _, _, part in parts], parameter))
        elif self._rounding != "none" and self.takes(parameter):
            self._keep(parameter, rounded(self._decoder.get_parameter(parameter), self._rounding))
        elif self._rounding == "fp8" and parameter.endswith(_EXPERTS):
            self._round_experts(parameter)

    def finish(self) -> None:
        """Every parameter is complete. Of experts both matrices have 4 bits or none, as their operation has it."""
        for name, module in self._decoder.named_modules():
            if isinstance(module, ExpertMLP) and len(module.zeros) == 1:
                ((leaf, zeros),) = module.zeros.items()
                stacked = zip(self._decoder.get_parameter(f"{name}.{leaf}"), module.scales[leaf], zeros, strict=True)
                parts = [(expert, 0, Int4(*each, None)) for expert, each in enumerate(stacked)]
                self._widen(f"{name}.{leaf}", parts)
                module.zeros, module.scales = {}, {}

    def _keep(self, parameter: str, stored: WeightFormat) -> None:
        linear = self._module(parameter)
        assert isinstance(linear, Linear)
        if isinstance(stored, Int4):
            stored = stored.to(self._device)
        linear.stored = stored
        linear.weight = nn.Parameter(torch.empty_like(linear.weight, device="meta"), requires_grad=False)

    def _keep_experts(self, parameter: str, parts: list[tuple[int, int, Int4]]) -> None:
        """Stacked as they are; widened where inputs are sorted by group, which each expert may do in its own way."""
        if any(part.order is not None for _, _, part in parts):
            self._widen(parameter, parts)
            return
        by_expert = groupby(parts, key=lambda each: each[0])
        joined = [_joined([part for _, _, part in own], parameter) for _, own in by_expert]
        experts, leaf = self._module(parameter), parameter.rpartition(".")[2]
        assert isinstance(experts, ExpertMLP)
        packed, scale, zero = (
            torch.stack([getattr(each, name) for each in joined]).to(self._device)
            for name in ("packed", "scale", "zero")
        )
        setattr(experts, leaf, nn.Parameter(packed, requires_grad=False))
        experts.scales[leaf], experts.zeros[leaf] = scale, zero

    def _widen(self, parameter: str, parts: list[tuple[int, int, Int4]]) -> None:
        experts, leaf = self._module(parameter), parameter.rpartition(".")[2]
        assert isinstance(experts, ExpertMLP)
        size = experts.router.shape[1]
        inner = experts.experts.intermediate_size
        shape = (2 * inner, size) if leaf == "gate_up" else (size, inner)
        whole = torch.empty(len(experts.router), *shape, dtype=self._dtype, device=self._device)
        for expert, first, part in parts:
            whole[expert, first : first + part.shape[0]] = part.matrix()
        setattr(experts, leaf, nn.Parameter(whole, requires_grad=False))

    def _round_experts(self, parameter: str) -> None:
        """The matrices of a layer's experts, `gate_up` or `down`; int8 has no operation for them, they stay whole."""
        experts, leaf = self._module(parameter), parameter.rpartition(".")[2]
        assert isinstance(experts, ExpertMLP)
        # One by one: all of them in fp32 would not fit beside the model.
        pairs = [quantise_rows(matrix) for matrix in self._decoder.get_parameter(parameter).detach()]
        setattr(experts, leaf, nn.Parameter(torch.stack([weight for weight, _ in pairs]), requires_grad=False))
        experts.scales[leaf] = torch.stack([scale for _, scale in pairs])

    def _module(self, parameter: str) -> nn.Module:
        return self._decoder.get_submodule(parameter.rpartition(".")[0])


def rounded(weight: Tensor, rounding: Literal["fp8", "int8"]) -> E4m3 | Int8:
    """weight: (n_out, n_in), rounded to the nearest by a scale for each output, which keeps its largest magnitude."""
    if rounding == "fp8":
        return E4m3(*quantise_rows(weight.detach()))
    largest = weight.detach().float().abs().amax(dim=1)
    scale = torch.where(largest == 0, 1.0, largest / levels())
    return Int8((weight.detach().float() / scale[:, None]).round().to(torch.int8), scale)


@functools.cache
def levels() -> int:
    """The largest whole number that an int8 weight may be on this CPU: 127, or 63 where products go wrong above.

    Without VNNI instructions two products of 8 bits are added in 16, and what does not fit is cut off.
    """
    ones = torch.full((32, 64), 127, dtype=torch.int8)
    exact = bool((torch._int_mm(ones, -ones.t()) == -127 * 127 * 64).all())
    return 127 if exact else 63


def _joined(parts: list[Int4], parameter: str) -> Int4:
    """The rows of several, one below the other."""
    order = parts[0].order
    for part in parts[1:]:
        same = part.order is order or (part.order is not None and order is not None and torch.equal(part.order, order))
        if not same or part.scale.shape[1] != parts[0].scale.shape[1]:
            raise ModelLoadError(
                "unsupported_model",
                f"The matrices that make {parameter} are in different orders or groups; serve the unquantised "
                "checkpoint.",
            )
    packed, scale, zero = (torch.cat([getattr(part, name) for part in parts]) for name in ("packed", "scale", "zero"))
    return Int4(packed, scale, zero, order)
