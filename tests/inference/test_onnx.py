"""Models exported to ONNX: the same vectors and scores as the weights they were exported from."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from inference.embeddings import Embedder
from inference.encoders.onnx import onnx_file
from inference.errors import ModelLoadError
from inference.loader import read_json
from inference.models.bert import load_bert, load_cross_encoder
from inference.rerank import Reranker
from inference.server.assemble import bundled_embedding
from tests.inference.test_rerank import DOCUMENTS, save_classifier

CPU = torch.device("cpu")
NAMES = ["input_ids", "attention_mask", "token_type_ids"]
TEXTS = ["one small step", "a longer text, so that the other is padded"]
PAIRS = [("What is a stream?", document) for document in DOCUMENTS]


class _Exported(nn.Module):
    """Takes the mask as exports do: whole numbers."""

    def __init__(self, model: nn.Module, *, scores: bool) -> None:
        super().__init__()
        self.model = model
        self.scores = scores

    def forward(self, ids: Tensor, mask: Tensor, types: Tensor) -> Tensor:
        out: Tensor = self.model(ids, mask.bool(), types)
        return out[:, None] if self.scores else out


def export(model: nn.Module, source: Path, target: Path, *, scores: bool) -> Path:
    """`target/onnx/model.onnx` and the files of `source` that are no weights."""
    for path in source.rglob("*"):
        if path.is_file() and path.suffix in (".json", ".txt"):
            copied = target / path.relative_to(source)
            copied.parent.mkdir(parents=True, exist_ok=True)
            copied.write_bytes(path.read_bytes())
    (target / "onnx").mkdir()
    ids = torch.ones(2, 5, dtype=torch.int64)
    axes = {name: {0: "rows", 1: "tokens"} for name in NAMES}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            _Exported(model, scores=scores), (ids, ids, torch.zeros_like(ids)), str(target / "onnx" / "model.onnx"),
            input_names=NAMES, output_names=["out"], dynamo=False,
            dynamic_axes={**axes, "out": {0: "rows"} if scores else {0: "rows", 1: "tokens"}},
        )  # fmt: skip
    return target


@pytest.fixture
def classifier(tmp_path: Path) -> Path:
    directory = tmp_path / "cross"
    directory.mkdir()
    save_classifier(directory, n_labels=1)
    return directory


def exported_classifier(classifier: Path, target: Path) -> Path:
    model = load_cross_encoder(classifier, read_json(classifier, "config.json"), device=CPU)
    return export(model, classifier, target, scores=True)


def test_an_exported_encoder_makes_the_same_vectors(tmp_path: Path) -> None:
    source = bundled_embedding()
    model = load_bert(source, read_json(source, "config.json"), device=CPU)
    directory = export(model, source, tmp_path, scores=False)

    ours = Embedder(source, model_id="m", device=CPU).encode(TEXTS)
    theirs = Embedder(directory, model_id="m", device=CPU)

    assert onnx_file(source) is None
    assert (theirs.dimension, theirs.max_tokens) == (384, 256)
    made = theirs.encode(TEXTS)
    assert made.n_tokens == ours.n_tokens
    assert abs(made.vectors - ours.vectors).max() < 1e-5


def test_an_exported_classifier_gives_the_same_scores(classifier: Path, tmp_path: Path) -> None:
    directory = exported_classifier(classifier, tmp_path / "exported")

    ours = Reranker(classifier, model_id="r", device=CPU).score(PAIRS)
    theirs = Reranker(directory, model_id="r", device=CPU).score(PAIRS)

    assert theirs.n_tokens == ours.n_tokens
    assert theirs.scores == pytest.approx(ours.scores, abs=1e-5)


def test_without_the_runtime_it_says_what_to_install(
    classifier: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = exported_classifier(classifier, tmp_path / "exported")
    modules: dict[str, Any] = sys.modules  # None there makes an import fail
    monkeypatch.setitem(modules, "onnxruntime", None)

    with pytest.raises(ModelLoadError) as refused:
        Reranker(directory, model_id="r", device=CPU)
    assert refused.value.message == (
        f"{directory / 'onnx' / 'model.onnx'} is an ONNX model and onnxruntime is not installed: install it with "
        "pip install onnxruntime, or serve a directory with safetensors."
    )


def test_an_export_that_would_be_wrong_is_refused(classifier: Path, tmp_path: Path) -> None:
    directory = exported_classifier(classifier, tmp_path / "exported")
    with pytest.raises(ModelLoadError, match="one of 3 dimensions is needed"):
        Embedder(directory, model_id="m", device=CPU)

    (directory / "onnx" / "model.onnx").write_bytes(b"no model")
    with pytest.raises(ModelLoadError, match="cannot be read by onnxruntime"):
        Reranker(directory, model_id="r", device=CPU)
