"""Rerank and score over HTTP, and embeddings of token ids: their shapes, against what the encoders say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from inference.rerank import Relevance, Reranker, RerankService
from inference.server.assemble import bundled_embedding
from inference.text.tokens import load_tokenizer
from tests.inference.inside import serving
from tests.inference.test_rerank import DOCUMENTS, save_classifier

QUERY = "What is a stream?"
ENCODER = "all-MiniLM-L6-v2"


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("rerankers") / "cross"
    directory.mkdir()
    save_classifier(directory, n_labels=1)
    return directory


async def test_the_three_rerank_paths_give_one_answer(classifier: Path) -> None:
    want = Reranker(classifier, model_id="r", device=torch.device("cpu")).score([(QUERY, each) for each in DOCUMENTS])
    order = sorted(range(3), key=lambda at: -want.scores[at])
    body: dict[str, Any] = {"query": QUERY, "documents": DOCUMENTS, "top_n": 2, "return_documents": True}
    async with serving(reranker=classifier) as inside:
        answers = [
            (await inside.post(path, {**body, "model": model}))[1]
            for path, model in (("/v1/rerank", "cross"), ("/v2/rerank", "cross"), ("/rerank", None))
        ]
        objects = (await inside.post("/rerank", {**body, "documents": [{"text": each} for each in DOCUMENTS]}))[1]

    for answer in (*answers, objects):
        assert [result["index"] for result in answer["results"]] == order[:2]
        assert [result["document"]["text"] for result in answer["results"]] == [DOCUMENTS[at] for at in order[:2]]
        assert [result["relevance_score"] for result in answer["results"]] == pytest.approx(
            [want.scores[at] for at in order[:2]], abs=1e-6
        )
        assert answer["usage"] == {"prompt_tokens": want.n_tokens, "total_tokens": want.n_tokens}
        assert answer["meta"] == {"billed_units": {"search_units": 1}}
        assert answer["model"] == "cross"


@pytest.mark.parametrize(
    ("path", "model", "message"),
    [
        ("/v1/rerank", "all-MiniLM-L6-v2", "'all-MiniLM-L6-v2' makes embeddings; it does not rank."),
        ("/v1/rerank", "weft-quote", "'weft-quote' generates text; it does not rank."),
        ("/v1/chat/completions", "cross", "'cross' ranks; it does not generate text."),
        ("/v1/embeddings", "cross", "'cross' ranks; it does not make embeddings."),
    ],
)
async def test_a_model_that_is_here_for_something_else_is_not_called_absent(
    classifier: Path, path: str, model: str, message: str
) -> None:
    asked = {"query": QUERY, "documents": DOCUMENTS, "input": "x", "messages": [{"role": "user", "content": "x"}]}
    async with serving(reranker=classifier) as inside:
        status, answer = await inside.post(path, {"model": model, **asked})

    assert (status, answer["error"]["code"], answer["error"]["message"]) == (400, "model_kind", message)


async def test_scores_are_of_pairs(classifier: Path) -> None:
    device = torch.device("cpu")
    want = Reranker(classifier, model_id="r", device=device).score([(QUERY, each) for each in DOCUMENTS]).scores
    async with serving(reranker=classifier) as inside:
        against = (await inside.post("/score", {"text_1": QUERY, "text_2": DOCUMENTS}))[1]
        beside = (await inside.post("/score", {"text_1": [QUERY] * 3, "text_2": DOCUMENTS, "model": "cross"}))[1]
        cosine = (await inside.post("/score", {"text_1": "a cat", "text_2": ["a cat", "a dog"], "model": ENCODER}))[1]
        vectors = await inside.openai.embeddings.create(model=ENCODER, input=["a cat", "a dog"])
        refused = await inside.post("/score", {"text_1": ["a", "b"], "text_2": ["a", "b", "c"]})

    for answer in (against, beside):
        assert [each["score"] for each in answer["data"]] == pytest.approx(want, abs=1e-6)
        assert [(each["index"], each["object"]) for each in answer["data"]] == [(at, "score") for at in range(3)]
    cat, dog = (np.array(each.embedding) for each in vectors.data)
    assert [each["score"] for each in cosine["data"]] == pytest.approx([1.0, float(cat @ dog)], abs=1e-5)
    assert refused[0] == 400
    assert refused[1]["error"]["message"] == (
        "text_1 has 2 entries and text_2 3; they must match, or text_1 be one text."
    )


async def test_token_ids_embed_as_their_text() -> None:
    texts = ["one small step", "another"]
    ids = [load_tokenizer(bundled_embedding()).encode(text).ids for text in texts]
    async with serving() as inside:
        by_text = await inside.openai.embeddings.create(model=ENCODER, input=texts)
        by_ids = await inside.openai.embeddings.create(model=ENCODER, input=ids)
        one = await inside.openai.embeddings.create(model=ENCODER, input=ids[1])
        refusals = [
            (await inside.post("/v1/embeddings", {"model": ENCODER, "input": given}))[1]["error"]["message"]
            for given in ([[1, 99999]], [[7] * 300], ["a", 3], [[]])
        ]

    assert [each.embedding for each in by_ids.data] == [
        pytest.approx(each.embedding, abs=1e-6) for each in by_text.data
    ]
    assert one.data[0].embedding == pytest.approx(by_text.data[1].embedding, abs=1e-6)
    assert by_ids.usage.prompt_tokens == by_text.usage.prompt_tokens == sum(map(len, ids))
    assert refusals == [
        "input[0] has the token 99999; ids of all-MiniLM-L6-v2 are below 30522.",
        "input[0] has 300 tokens; all-MiniLM-L6-v2 reads at most 256.",
        "input mixes token ids with texts; give one or the other.",
        "input[0] is an empty text; leave it out.",
    ]


class LengthReranker:
    """A pair's score is its length; remembers its batches."""

    model_id, max_tokens = "fake", 8

    def __init__(self) -> None:
        self.batches: list[list[int]] = []

    def score(self, pairs: list[tuple[str, str]]) -> Relevance:
        self.batches.append([len(left + right) for left, right in pairs])
        return Relevance([float(size) for size in self.batches[-1]], len(pairs))


async def test_pairs_of_like_length_are_scored_together() -> None:
    fake = LengthReranker()
    service = RerankService(fake)  # type: ignore[arg-type]
    sizes = [at * 7 % 40 + 1 for at in range(40)]

    relevance = await service.score([("", "x" * size) for size in sizes])
    await service.close()

    assert relevance == Relevance([float(size) for size in sizes], 40)
    assert fake.batches == [sorted(sizes)[:16], sorted(sizes)[16:32], sorted(sizes)[32:]]
