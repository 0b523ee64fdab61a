"""Attention of rows that begin with the same pages, read once, in plain torch (Hydragen, arXiv 2402.05099)."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor

from inference.kernels import kv_format


def cascade_attention(
    query: Tensor,
    cache: Tensor,
    page_table: Tensor,
    starts: Tensor,
    seq_lens: Tensor,
    max_new: int,
    groups: Tensor,
    shared: Tensor,
    max_group: int,
    scale: float | None = None,
) -> Tensor:
    """Causal attention of rows' newest tokens over all their pages, where groups of rows begin with the same ones.

    query: (n_tokens, n_heads, head_dim), row after row; starts: (rows + 1,) int32, where each row begins, and the end;
    max_new: most tokens of a row; groups: (n_groups + 1,) int32, the first row of each group, and the end; shared:
    (rows,) int32, how many pages a row has in common with its group, all of them before its new tokens; max_group: most
    tokens of a group. The rest as in `paged_attention`, but that the result of a row of length 0 means nothing.

    What is shared and what is a row's own are weighed by their parts of the softmax denominator. Scores and sums are
    fp32. Returns (n_tokens, n_heads, head_dim).
    """
    out = torch.empty_like(query)
    bounds, first_rows = starts.tolist(), groups.tolist()
    lengths, pages = seq_lens.tolist(), shared.tolist()
    scale = query.shape[-1] ** -0.5 if scale is None else scale
    for first, after in pairwise(first_rows):
        begin = bounds[first]
        asked = query[begin : bounds[after]]
        common = _part(asked, cache, page_table[first, : pages[first]], scale, hidden=None)
        for row in range(first, after):
            place = slice(bounds[row], bounds[row + 1])
            here = slice(place.start - begin, place.stop - begin)
            own = _own(query[place], cache, page_table[row], lengths[row], pages[row], scale)
            out[place] = _weighed((common[0][here], common[1][here]), own).to(query.dtype)
    return out


def _own(
    query: Tensor, cache: Tensor, table: Tensor, length: int, n_shared: int, scale: float
) -> tuple[Tensor, Tensor]:
    size = kv_format.page_size(cache)
    held = table[n_shared : -(-length // size)]
    n_new = query.shape[0]
    places = torch.arange(n_shared * size, (n_shared + held.shape[0]) * size, device=query.device)
    asking = torch.arange(length - n_new, length, device=query.device)
    return _part(query, cache, held, scale, hidden=places[None, :] > asking[:, None])


def _part(query: Tensor, cache: Tensor, held: Tensor, scale: float, *, hidden: Tensor | None) -> tuple[Tensor, Tensor]:
    """Attention over some pages: (n, n_heads, head_dim) and the logarithm of its denominators, (n, n_heads), in fp32.

    hidden: (n, places) bool, True where a token may not look, or nothing is written yet.
    """
    n_tokens, n_heads, head_dim = query.shape
    key, value = (
        kv_format.read(cache[side], held.long(), query.dtype).transpose(0, 1).flatten(1, 2) for side in (0, 1)
    )
    grouped = query.float().view(n_tokens, key.shape[0], -1, head_dim)
    if hidden is not None:
        # places not written yet may hold NaN, which a weight of 0 would not silence
        value = value.masked_fill(hidden.all(0)[None, :, None], 0.0)
    scores = torch.einsum("nhgd,hkd->nhgk", grouped, key.float()) * scale
    if hidden is not None:
        scores = scores.masked_fill(hidden[:, None, None, :], float("-inf"))
    weight = scores.logsumexp(-1)
    mixed = torch.einsum("nhgk,hkd->nhgd", (scores - weight[..., None]).exp(), value.float())
    return mixed.reshape(query.shape), weight.reshape(n_tokens, n_heads)


def _weighed(one: tuple[Tensor, Tensor], other: tuple[Tensor, Tensor]) -> Tensor:
    total = torch.logaddexp(one[1], other[1])
    # a row that pads the batch may see nothing at all
    total = total.masked_fill(total.isneginf(), 0.0)
    return sum((mixed * (weight - total).exp()[..., None] for mixed, weight in (one, other)), torch.zeros(()))
