"""Chooses, call by call, who computes an operation: a kernel, or its twin in `reference`.

A kernel runs when its device, dtype and shape suit it and it was verified on this GPU. `WEFT_KERNELS` says otherwise:

    verified    the default
    all         unverified kernels too; on a CPU, under TRITON_INTERPRET=1, through Triton's interpreter
    reference   twins only: what a wrong answer on a GPU is bisected with (`serve --reference`)

Triton is imported with the first kernel that runs, so a CPU server never loads it.
"""

from __future__ import annotations

import functools
import importlib
import os
from collections.abc import Callable
from typing import Any, Literal, cast, get_args

import torch

from inference.errors import InferenceError
from inference.kernels import reference
from inference.kernels.catalogue import CATALOGUE
from inference.kernels.tuning import tuning

Policy = Literal["verified", "all", "reference"]
VARIABLE = "WEFT_KERNELS"

_bound: dict[tuple[str, str, torch.dtype, torch.device], Callable[..., Any] | None] = {}


def run(operation: str, *arguments: Any) -> Any:
    """Compute `operation`; the first argument, a tensor, decides device and dtype."""
    kernel = chosen(operation, arguments)
    return (kernel or getattr(reference, operation))(*arguments)


def chosen(operation: str, arguments: tuple[Any, ...]) -> Callable[..., Any] | None:
    """The kernel, its configuration bound, that would compute these arguments; None for the twin."""
    first: torch.Tensor = arguments[0]
    kernel = CATALOGUE.get(operation)
    if kernel is None or not _possible(first.device.type) or first.dtype not in kernel.dtypes:
        return None
    bucket = kernel.bucket(*arguments)
    if bucket is None:
        return None
    key = (operation, bucket, first.dtype, first.device)
    if key not in _bound:
        _bound[key] = _bind(operation, bucket, first)
    return _bound[key]


def allowed(operation: str, device: torch.device) -> bool:
    """Whether a kernel computes `operation` on the device where dtype and shape suit it: one verified there, unless
    `WEFT_KERNELS` says otherwise."""
    name = CATALOGUE[operation].name
    return _possible(device.type) and (policy() != "verified" or tuning(name, _name(device)).verified)


def policy() -> Policy:
    """What `WEFT_KERNELS` asks for. Raises InferenceError for a word that is none."""
    asked = os.environ.get(VARIABLE, "verified")
    if asked not in get_args(Policy):
        raise InferenceError("bad_setting", f"{VARIABLE}={asked}: known are {', '.join(get_args(Policy))}.")
    return cast(Policy, asked)


def forget() -> None:
    """Choose anew: the environment has changed. For tests."""
    _bound.clear()
    _possible.cache_clear()


@functools.cache
def _possible(device_type: str) -> bool:
    """Whether any kernel may run on such a device."""
    asked = policy()
    interpreted = device_type == "cpu" and asked == "all" and os.environ.get("TRITON_INTERPRET") == "1"
    return asked != "reference" and (device_type == "cuda" or interpreted)


def _bind(operation: str, bucket: str, first: torch.Tensor) -> Callable[..., Any] | None:
    if not allowed(operation, first.device):
        return None
    name = CATALOGUE[operation].name
    known = tuning(name, _name(first.device))
    function = getattr(importlib.import_module(f"inference.kernels.triton.{name}"), operation)
    dtype = str(first.dtype).removeprefix("torch.")
    return functools.partial(function, **known.configs.get(f"{dtype} {bucket}", {}))


def _name(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else "interpreter"
