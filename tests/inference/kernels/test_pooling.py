from __future__ import annotations

import numpy as np
import pytest
import torch

from inference.kernels import reference
from inference.kernels.reference.pool import Form, Pooling
from inference.kernels.triton.pooling import pool_normalise
from tests.inference.kernels.setup import DEVICE, DTYPES, random

STARTS, LENGTHS = (0, 1, 30, 7, 40), (1, 20, 0, 17, 2)


def row(values: tuple[int, ...]) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.int32, device=DEVICE)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("pooling", "dimensions"), [("mean", 100), ("mean", 5), ("first", 64), ("last", 99)])
@pytest.mark.parametrize("form", ["float", "int8", "binary"])
def test_vectors_agree_with_the_twin(dtype: torch.dtype, pooling: Pooling, dimensions: int, form: Form) -> None:
    hidden = random(42, 100, dtype=dtype)

    got = pool_normalise(hidden, row(STARTS), row(LENGTHS), pooling, dimensions, form)

    wanted = reference.pool_normalise(hidden, row(STARTS), row(LENGTHS), pooling, dimensions, form)
    assert got.dtype == wanted.dtype
    torch.testing.assert_close(got, wanted, rtol=1e-5, atol=1 if form == "int8" else 1e-6)
    assert not bool(got[2].any())


def test_forms_are_what_they_say() -> None:
    hidden = random(9, 20, dtype=torch.float32)
    starts, lengths = row((0, 4)), row((4, 5))

    whole = reference.pool_normalise(hidden, starts, lengths, "mean", 20)
    small = reference.pool_normalise(hidden, starts, lengths, "mean", 20, "int8")
    packed = reference.pool_normalise(hidden, starts, lengths, "mean", 20, "binary")

    torch.testing.assert_close(whole.norm(dim=1), torch.ones(2, device=DEVICE))
    torch.testing.assert_close(whole[0], torch.nn.functional.normalize(hidden[:4].mean(0), dim=0))
    assert small.abs().amax(dim=1).tolist() == [127, 127]
    cosine = torch.nn.functional.cosine_similarity(small.float(), whole)
    assert float(cosine.min()) > 0.9999
    assert packed.tolist() == np.packbits(whole.cpu().numpy() > 0, axis=1).tolist()
