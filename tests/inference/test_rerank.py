"""The reranker against the classifier it wraps."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

from inference.errors import ModelLoadError
from inference.rerank import Reranker
from inference.server.assemble import bundled_embedding

DOCUMENTS = ["Redis keeps streams.", "A cat sleeps.", "Streams are cursors, says the design."]


def save_classifier(directory: Path, *, n_labels: int) -> BertForSequenceClassification:
    torch.manual_seed(3)
    config = BertConfig(
        vocab_size=30522, hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=48,
        num_labels=n_labels, initializer_range=0.3,
    )  # fmt: skip
    model = BertForSequenceClassification(config).eval()
    model.save_pretrained(directory)
    BertTokenizerFast.from_pretrained(bundled_embedding()).save_pretrained(directory)
    return model


def test_scores_equal_the_classifier(tmp_path: Path) -> None:
    model = save_classifier(tmp_path, n_labels=1)
    tokenizer = BertTokenizerFast.from_pretrained(tmp_path)
    pairs = tokenizer(["What is a stream?"] * 3, DOCUMENTS, padding=True, return_tensors="pt")
    with torch.inference_mode():
        want = torch.sigmoid(model(**pairs).logits[:, 0]).tolist()

    relevance = Reranker(tmp_path, model_id="r", device=torch.device("cpu")).score(
        [("What is a stream?", document) for document in DOCUMENTS]
    )

    assert relevance.scores == pytest.approx(want, abs=1e-5)
    assert relevance.n_tokens == int(pairs["attention_mask"].sum())


def test_a_classifier_with_many_labels_is_refused(tmp_path: Path) -> None:
    save_classifier(tmp_path, n_labels=3)

    with pytest.raises(ModelLoadError) as refused:
        Reranker(tmp_path, model_id="r", device=torch.device("cpu"))
    assert refused.value.message == f"{tmp_path} has 3 labels; a reranker gives one score."
