"""Rerankers against transformers: cross-encoders of both shapes, and a decoder that answers yes or no."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from tokenizers import Tokenizer
from transformers import BertTokenizerFast, XLMRobertaConfig, XLMRobertaForSequenceClassification

from inference.encoders import judges
from inference.errors import ModelLoadError
from inference.rerank import Reranker
from inference.server.assemble import bundled_embedding

QUERY = "What is a stream?"
DOCUMENTS = ["Redis keeps streams.", "A cat sleeps.", "Streams are cursors, says the design. " * 30]
PAIRS = [(QUERY, document) for document in DOCUMENTS]
Tiny = Callable[[str], tuple[Path, Any]]


def test_an_xlm_roberta_cross_encoder(tmp_path: Path) -> None:
    torch.manual_seed(8)
    config = XLMRobertaConfig(
        vocab_size=30522, hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=48,
        num_labels=1, initializer_range=0.3, max_position_embeddings=66, type_vocab_size=1, pad_token_id=1,
    )  # fmt: skip
    model = XLMRobertaForSequenceClassification(config).eval()
    model.save_pretrained(tmp_path)
    tokenizer = BertTokenizerFast.from_pretrained(bundled_embedding())
    tokenizer.save_pretrained(tmp_path)
    want = []
    for pair in PAIRS:
        encoded = tokenizer(*pair, truncation=True, max_length=64, return_tensors="pt")
        with torch.inference_mode():
            want.append(torch.sigmoid(model(input_ids=encoded["input_ids"]).logits[0, 0]).item())

    relevance = Reranker(tmp_path, model_id="r", device=torch.device("cpu")).score(PAIRS)

    assert relevance.scores == pytest.approx(want, abs=1e-5)


@pytest.fixture
def judge(tiny: Tiny, tmp_path: Path) -> Path:
    """Qwen3-Reranker's shape: a decoder whose tokenizer has the words yes and no."""
    directory, _ = tiny("qwen3")
    for path in directory.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    config = json.loads((tmp_path / "config.json").read_text())
    # The prompt alone has hundreds of characters, each a token here.
    (tmp_path / "config.json").write_text(json.dumps({**config, "max_position_embeddings": 700}))
    tokenizer = Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    tokenizer.add_tokens(["yes", "no"])
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    return tmp_path


def expected(directory: Path, model: Any, yes: int, no: int, longest: int) -> tuple[list[float], int]:
    tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))

    def ids(text: str) -> list[int]:
        return list(tokenizer.encode(text, add_special_tokens=False).ids)

    before, after = ids(judges._BEFORE), ids(judges._AFTER)
    scores, n_tokens = [], 0
    for query, document in PAIRS:
        question = (
            "<Instruct>: Given a web search query, retrieve relevant passages that answer the query\n"
            f"<Query>: {query}\n<Document>: {document}"
        )
        row = [*before, *ids(question)[: longest - len(before) - len(after)], *after]
        with torch.inference_mode():
            logits = model(torch.tensor([row])).logits[0, -1]
        scores.append(float(logits[[no, yes]].softmax(dim=0)[1]))
        n_tokens += len(row)
    return scores, n_tokens


def test_a_decoder_that_answers_yes_or_no(judge: Path, tiny: Tiny) -> None:
    reranker = Reranker(judge, model_id="r", device=torch.device("cpu"))

    relevance = reranker.score(PAIRS)

    scores, n_tokens = expected(judge, tiny("qwen3")[1], 259, 260, 700)
    assert reranker.max_tokens == 700
    assert relevance.scores == pytest.approx(scores, abs=1e-4)
    assert relevance.n_tokens == n_tokens
    assert max(scores) - min(scores) > 0.01


def test_the_two_words_of_a_sentence_transformers_directory(judge: Path, tiny: Tiny) -> None:
    (judge / "modules.json").write_text(
        json.dumps(
            [
                {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.base.modules.Transformer"},
                {"idx": 1, "name": "1", "path": "1_LogitScore", "type": "sentence_transformers.x.LogitScore"},
            ]
        )
    )
    (judge / "1_LogitScore").mkdir()
    (judge / "1_LogitScore" / "config.json").write_text(json.dumps({"true_token_id": 100, "false_token_id": 50}))

    relevance = Reranker(judge, model_id="r", device=torch.device("cpu")).score(PAIRS)

    assert relevance.scores == pytest.approx(expected(judge, tiny("qwen3")[1], 100, 50, 700)[0], abs=1e-4)


def test_a_decoder_without_the_words_or_without_room_is_refused(judge: Path, tiny: Tiny) -> None:
    config = json.loads((judge / "config.json").read_text())
    (judge / "config.json").write_text(json.dumps({**config, "max_position_embeddings": 128}))
    with pytest.raises(ModelLoadError, match=r"has 128 positions; its prompt alone takes [0-9]+ tokens"):
        Reranker(judge, model_id="r", device=torch.device("cpu"))

    with pytest.raises(ModelLoadError) as refused:
        Reranker(tiny("qwen3")[0], model_id="r", device=torch.device("cpu"))
    assert refused.value.message == (
        f"{tiny('qwen3')[0]} names no tokens for yes and no, one of which such a reranker answers; choose another."
    )
