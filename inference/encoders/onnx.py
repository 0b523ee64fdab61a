"""Encoders and classifiers that were exported to ONNX, run by ONNX Runtime on the CPU.

Knows the usual names of their inputs and outputs; onnxruntime is imported only when such a model is served.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from inference.encoders.padded import padded, pooled_padded
from inference.errors import ModelLoadError
from inference.kernels.reference.pool import Pooling
from inference.text.tokens import load_tokenizer

_FILES = ("model.onnx", "onnx/model.onnx")
"""Where optimum's and sentence-transformers' exports put it."""
_KNOWN_INPUTS = frozenset({"input_ids", "attention_mask", "token_type_ids"})
_OFFSET_FAMILIES = frozenset({"roberta", "xlm-roberta"})
"""They count positions from 2: two of `max_position_embeddings` are no places of a text."""
CROSS_TOKENS = 512


def onnx_file(directory: Path) -> Path | None:
    """The exported model in `directory`; None when there is none, or weights that our own layers compute beside it."""
    if any(directory.glob("*.safetensors")):
        return None
    return next((directory / name for name in _FILES if (directory / name).is_file()), None)


class OnnxModel:
    """A session over (ids, real, types), with as many threads as torch has. Thread-compatible."""

    def __init__(self, path: Path) -> None:
        try:
            import onnxruntime
        except ImportError as error:
            raise ModelLoadError(
                "onnx_missing",
                f"{path} is an ONNX model and onnxruntime is not installed: install it with pip install onnxruntime, "
                "or serve a directory with safetensors.",
            ) from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = torch.get_num_threads()
        try:
            self._session: Any = onnxruntime.InferenceSession(
                str(path), sess_options=options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:
            # onnxruntime raises classes of its own, which share no base.
            raise ModelLoadError("model_corrupt", f"{path} cannot be read by onnxruntime: {error}") from error
        self.inputs = {each.name for each in self._session.get_inputs()}
        unknown = sorted(self.inputs - _KNOWN_INPUTS)
        if unknown or "input_ids" not in self.inputs:
            raise ModelLoadError(
                "unsupported_model",
                f"{path} has the inputs {', '.join(sorted(self.inputs))}; known: {', '.join(sorted(_KNOWN_INPUTS))}.",
            )

    def output(self, n_dimensions: int, *, place: Path) -> str:
        """The name of the first output with so many dimensions. Raises ModelLoadError when there is none."""
        found = next((each.name for each in self._session.get_outputs() if len(each.shape) == n_dimensions), None)
        if found is None:
            shapes = ", ".join(f"{each.name} {each.shape}" for each in self._session.get_outputs())
            raise ModelLoadError(
                "unsupported_model", f"{place} has the outputs {shapes}; one of {n_dimensions} dimensions is needed."
            )
        return str(found)

    def run(self, name: str, ids: Tensor, real: Tensor, types: Tensor | None) -> Tensor:
        """One output. ids: (n_rows, longest) int64; real: the same shape, bool; types: as ids, None for zeros."""
        given = {
            "input_ids": ids.numpy(),
            "attention_mask": real.long().numpy(),
            "token_type_ids": (torch.zeros_like(ids) if types is None else types).numpy(),
        }
        (made,) = self._session.run([name], {each: given[each] for each in self.inputs})
        return torch.from_numpy(made).float()


class OnnxEncoder:
    """An Encoder over an exported model whose output is a vector a token."""

    def __init__(self, path: Path, config: dict[str, Any]) -> None:
        self._model = OnnxModel(path)
        self._output = self._model.output(3, place=path)
        self.dimension = int(config["hidden_size"])
        self.vocab_size = int(config["vocab_size"])
        self.max_positions = _positions(config)

    def vectors(self, rows: list[list[int]], pooling: Pooling, *, normalise: bool) -> Tensor:
        ids, real = padded(rows, torch.device("cpu"))
        return pooled_padded(self._model.run(self._output, ids, real, None), rows, pooling, normalise)


class OnnxJudge:
    """A PairJudge over an exported classifier with one label."""

    def __init__(self, path: Path, directory: Path, config: dict[str, Any]) -> None:
        self._model = OnnxModel(path)
        self._output = self._model.output(2, place=path)
        self.max_tokens = min(_positions(config), CROSS_TOKENS)
        self._tokenizer = load_tokenizer(directory)
        self._tokenizer.enable_truncation(self.max_tokens, strategy="longest_first")
        n_labels = self._logits([("", "")])[0].shape[1]
        if n_labels != 1:
            raise ModelLoadError("unsupported_model", f"{path} has {n_labels} labels; a reranker gives one score.")

    def score(self, pairs: list[tuple[str, str]]) -> tuple[list[float], int]:
        logits, n_tokens = self._logits(pairs)
        scores: list[float] = logits[:, 0].sigmoid().tolist()
        return scores, n_tokens

    def _logits(self, pairs: list[tuple[str, str]]) -> tuple[Tensor, int]:
        encodings = self._tokenizer.encode_batch(pairs)
        cpu = torch.device("cpu")
        ids, real = padded([encoding.ids for encoding in encodings], cpu)
        types = padded([encoding.type_ids for encoding in encodings], cpu)[0]
        return self._model.run(self._output, ids, real, types), sum(len(encoding.ids) for encoding in encodings)


def _positions(config: dict[str, Any]) -> int:
    offset = 2 if config.get("model_type") in _OFFSET_FAMILIES else 0
    return int(config.get("max_position_embeddings", 512)) - offset
