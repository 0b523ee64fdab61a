"""The sentence encoder against sentence-transformers, and fairness among callers who share it."""

from __future__ import annotations

import asyncio
import json
import threading
from pathlib import Path
from typing import cast

import numpy as np
import pytest
import torch

from inference.embedding_service import SLICE_TEXTS, EmbeddingService
from inference.embeddings import Embedded, Embedder
from inference.errors import ModelLoadError
from inference.server.assemble import bundled_embedding

TEXTS = [
    "Weft runs workflows on workers that cannot lose a run.",
    "short",
    "Ünïcödé, 汉字 and emoji 🙂 in one line.",
    "A long text that is cut at the model's limit. " * 60,
    "Another sentence of middling length, so that batches are padded.",
]


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder(bundled_embedding(), model_id="all-MiniLM-L6-v2", device=torch.device("cpu"))


def test_vectors_equal_sentence_transformers(embedder: Embedder) -> None:
    from sentence_transformers import SentenceTransformer

    theirs = SentenceTransformer(str(bundled_embedding()), device="cpu").encode(TEXTS, normalize_embeddings=True)

    ours = embedder.encode(TEXTS)

    assert ours.vectors.shape == (5, 384)
    assert (ours.vectors * theirs).sum(1).min() > 0.99999
    assert np.abs(np.linalg.norm(ours.vectors, axis=1) - 1).max() < 1e-5
    assert ours.n_tokens == [16, 3, 15, 256, 16]


def test_a_vector_does_not_depend_on_its_batch(embedder: Embedder) -> None:
    together = embedder.encode(TEXTS).vectors

    alone = np.concatenate([embedder.encode([text]).vectors for text in TEXTS])

    assert np.abs(together - alone).max() < 1e-5


class CountingEmbedder:
    """Records what it is asked, slice by slice; a text's vector is its length."""

    model_id, dimension, max_tokens, vocab_size = "fake", 1, 8, 8

    def __init__(self) -> None:
        self.slices: list[list[str]] = []
        self.begun = threading.Event()
        self.may_go_on = threading.Event()
        self.may_go_on.set()

    def prompted(self, texts: list[str], name: str | None) -> list[str]:
        return texts if name is None else [name + text for text in texts]

    def encode(self, texts: list[str]) -> Embedded:
        self.slices.append(texts)
        self.begun.set()
        self.may_go_on.wait()
        if "bad" in texts:
            raise RuntimeError("bad text")
        vectors = np.array([[len(text)] for text in texts], dtype=np.float32)
        return Embedded(vectors, [1] * len(texts))


def test_a_query_does_not_wait_for_an_upload() -> None:
    fake = CountingEmbedder()

    async def run() -> list[list[float]]:
        service = EmbeddingService(cast(Embedder, fake))
        upload = asyncio.create_task(service.embed(["x" * (at % 7 + 1) for at in range(100)]))
        await asyncio.sleep(0)
        query = asyncio.create_task(service.embed(["query"]))
        done = await asyncio.gather(query, upload)
        await service.close()
        return [embedded.vectors[:, 0].tolist() for embedded in done]

    query, upload = asyncio.run(run())

    assert query == [5.0]
    assert upload == [float(at % 7 + 1) for at in range(100)]
    assert fake.slices[0][0] == "query" or fake.slices[1][0] == "query"
    assert max(len(texts) for texts in fake.slices) == SLICE_TEXTS


def test_a_fault_reaches_its_caller_and_the_service_goes_on() -> None:
    async def run() -> list[float]:
        service = EmbeddingService(cast(Embedder, CountingEmbedder()))
        with pytest.raises(RuntimeError, match="bad text"):
            await service.embed(["bad"])
        vectors = (await service.embed(["good"])).vectors
        await service.close()
        return [float(each) for each in vectors[:, 0]]

    assert asyncio.run(run()) == [4.0]


def test_a_cancelled_caller_leaves_no_work_behind() -> None:
    fake = CountingEmbedder()
    fake.may_go_on.clear()

    async def run() -> None:
        service = EmbeddingService(cast(Embedder, fake))
        upload = asyncio.create_task(service.embed(["x"] * 1000))
        await asyncio.to_thread(fake.begun.wait)
        upload.cancel()
        await asyncio.gather(upload, return_exceptions=True)
        fake.may_go_on.set()
        await service.embed(["after"])
        await service.close()

    asyncio.run(run())

    assert len(fake.slices) == 2


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        (
            "config.json",
            {"model_type": "distilbert"},
            "asks for model_type 'distilbert'; encoders are served from bert",
        ),
        ("config.json", "{", "is not valid JSON"),
        ("modules.json", [{"type": "sentence_transformers.models.Dense", "path": "2"}], "uses 'Dense'"),
        ("1_Pooling/config.json", {"pooling_mode_max_tokens": True}, "pools by pooling_mode_max_tokens"),
        ("1_Pooling/config.json", {"pooling_mode": "weightedmean"}, "pools by weightedmean; known: mean, cls and"),
        ("1_Pooling/config.json", {"include_prompt": False}, "pools without the prompt's tokens"),
    ],
)
def test_an_encoder_that_would_be_wrong_is_refused(tmp_path: Path, name: str, content: object, sentence: str) -> None:
    for path in bundled_embedding().rglob("*"):
        target = tmp_path / path.relative_to(bundled_embedding())
        if path.is_dir():
            target.mkdir(exist_ok=True)
        elif target != tmp_path / name:
            target.parent.mkdir(exist_ok=True)
            target.symlink_to(path)
    (tmp_path / name).write_text(content if isinstance(content, str) else json.dumps(content))

    with pytest.raises(ModelLoadError) as refused:
        Embedder(tmp_path, model_id="x", device=torch.device("cpu"))
    assert sentence in refused.value.message
