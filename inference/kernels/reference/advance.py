"""What follows a step in plain torch: tokens join their rows' histories, rows end, the next drafts are looked up."""

from __future__ import annotations

import torch
from torch import Tensor

RUNNING, STOPPED, FULL = 0, 1, 2
"""Values of `state`: it goes on, it said a stop token, it reached its limit."""
WINDOW = 4096
"""Drafts come from so many of a row's last tokens."""
LONGEST, SHORTEST = 4, 2


def advance_rows(
    history: Tensor,
    lengths: Tensor,
    new_tokens: Tensor,
    n_new: Tensor,
    least: Tensor,
    limits: Tensor,
    stops: Tensor,
    n_drafts: int,
) -> tuple[Tensor, Tensor, Tensor]:
    """Append what a step brought, up to the token a row ends with. Changes history and lengths.

    history: (rows, capacity) int32, lengths: (rows,) int32, a row's tokens so far, prompt and all; new_tokens:
    (rows, most) int32, n_new: (rows,) int32, how many of them count, 0 for a row that pads the batch or has ended.
    least: (rows,) int32, a stop token counts only when it makes the row longer than that; limits: (rows,) int32, at
    most the capacity, the length at which a row ends; stops: (rows, any) int32, padded with -1, which is no token.
    n_drafts: how many tokens to propose.
    Returns (kept, state, drafts): kept (rows,) int32, how many new tokens were appended; state (rows,) int32,
    `RUNNING`, `STOPPED`, the last kept token being a stop token, or `FULL`; drafts (rows, n_drafts) int32, the tokens
    that followed the latest earlier place with the same last 4, else 3, else 2 tokens (prompt lookup, Saxena 2023),
    padded with -1; all -1 for a row that ended or got nothing.
    """
    rows, most = new_tokens.shape
    kept, state = torch.zeros_like(n_new), torch.zeros_like(n_new)
    drafts = torch.full((rows, n_drafts), -1, dtype=torch.int32, device=history.device)
    if most == 0:
        return kept, state, drafts
    reached = lengths[:, None] + torch.arange(1, most + 1, device=lengths.device)
    stop = (new_tokens[:, :, None] == stops[:, None, :]).any(-1) & (reached > least[:, None])
    for row, n in enumerate(n_new.tolist()):
        if n == 0:
            continue
        ends = (stop[row, :n] | (reached[row, :n] >= limits[row])).tolist()
        n = ends.index(True) + 1 if True in ends else n
        length = int(lengths[row])
        history[row, length : length + n] = new_tokens[row, :n]
        lengths[row] += n
        kept[row] = n
        if ends[n - 1]:
            state[row] = STOPPED if stop[row, n - 1] else FULL
        else:
            found = _followed(history[row, max(length + n - WINDOW, 0) : length + n])[:n_drafts]
            drafts[row, : len(found)] = found
    return kept, state, drafts


def _followed(recent: Tensor) -> Tensor:
    """What followed the latest earlier place that ends as `recent`, (n,), does; empty when there is none."""
    n = len(recent)
    for size in range(min(LONGEST, n - 1), SHORTEST - 1, -1):
        places = (recent[:-1].unfold(0, size, 1) == recent[-size:]).all(-1).nonzero()
        if len(places):
            return recent[int(places[-1, 0]) + size :]
    return recent[:0]
