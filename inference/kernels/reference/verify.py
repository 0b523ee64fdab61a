"""Which drafted tokens a model agrees with, in plain torch: speculative decoding that leaves the distribution as it is.

Leviathan et al. 2023 (arXiv 2211.17192) and Chen et al. 2023 (arXiv 2302.01318).
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor

from inference.kernels.drawing import DrawRows, Integer, Number
from inference.kernels.reference import philox, sample


def verify_draft(
    logits: Tensor, rows: DrawRows, drafts: Tensor, starts: Tensor, proposals: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Each sequence's drafts up to the first that is refused, and one token more.

    logits: (n, vocab), consumed, as for `sample_rows`: a sequence with k drafts has k + 1 rows, the last one after all
    its drafts. rows: n of them, each with the position, penalties and mask that hold once its drafts are said.
    drafts: (n,) int64, what was drafted for the row's own token; -1 in a sequence's last row. starts: (sequences + 1,)
    int32, where each sequence's rows begin, and the end.
    proposals: (n, vocab) fp32, the probabilities a draft was drawn with, which `sample_rows` may have done with the
    same seed and position; rows without a draft are not read. None: drafts were looked up, not drawn. Then text and
    tokens are exactly those of `sample_rows` without drafts; with proposals their distribution is.
    Returns (tokens, counts): tokens (n,) int64, the first counts[i] of sequence i's rows hold its new tokens, behind
    them is -1; counts (sequences,) int32, at least 1 unless a sequence has no rows.
    """
    bounds, drafted = starts.tolist(), drafts.tolist()
    chosen = sample.sample_rows(logits, rows).tolist() if proposals is None else None
    if proposals is not None:
        sample.edited(logits, rows)
    tokens = torch.full_like(drafts, -1)
    counts = []
    for begin, end in pairwise(bounds):
        row = begin
        while row < end:
            token = chosen[row] if chosen is not None else _speculated(logits[row], rows, row, drafted[row], proposals)
            tokens[row] = token
            row += 1
            if token != drafted[row - 1]:
                break
        counts.append(row - begin)
    return tokens, torch.tensor(counts, dtype=torch.int32, device=starts.device)


def _speculated(logits: Tensor, rows: DrawRows, row: int, draft: int, proposals: Tensor | None) -> int:
    """The draft if it is accepted, else the token in its place. logits: (vocab,), edited."""
    numbers, integers = rows.numbers[row].tolist(), rows.integers[row].tolist()
    if draft < 0 or proposals is None or numbers[Number.TEMPERATURE] == 0:
        return int(sample.draw(logits, numbers, integers))
    scores = logits.float() / numbers[Number.TEMPERATURE]
    least = sample.lowest_kept(scores, integers[Integer.TOP_K], numbers[Number.TOP_P], numbers[Number.MIN_P])
    wanted = scores.masked_fill(scores < least, float("-inf")).softmax(-1)
    seed, position = integers[Integer.SEED], integers[Integer.POSITION]
    word = philox.philox(seed, torch.zeros(1, dtype=torch.int64), position, philox.ACCEPTANCE)[0]
    if float(philox.uniform(word)) * float(proposals[row, draft]) < float(wanted[draft]):
        return draft
    missing = (wanted - proposals[row]).clamp_(min=0)
    return int(sample.noisy_argmax(missing.log_(), float("-inf"), seed, position, philox.RESIDUAL))
