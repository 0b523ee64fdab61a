"""How relevant one text is to another: by a classifier's one label, or by a language model's next word.

Know tokenizers and prompts; nothing of callers.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import torch

from inference.encoders.directory import module_names
from inference.encoders.load import load_judge
from inference.encoders.padded import padded
from inference.errors import ModelLoadError
from inference.loader import read_json
from inference.models.bert import load_cross_encoder
from inference.text.tokens import load_tokenizer

CROSS_TOKENS = 512
WORD_TOKENS = 8192

_BEFORE = (
    "<|im_start|>system\nJudge whether the Document meets the requirements based on the Query and the Instruct "
    'provided. Note that the answer can only be "yes" or "no".<|im_end|>\n<|im_start|>user\n'
)
_INSTRUCTION = "Given a web search query, retrieve relevant passages that answer the query"
_AFTER = "<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n"
"""The prompt that Qwen3-Reranker was trained with (its model card)."""


class PairJudge(Protocol):
    max_tokens: int
    """Of a pair, prompt included; longer pairs are cut."""

    def score(self, pairs: list[tuple[str, str]]) -> tuple[list[float], int]:
        """For each pair a probability that the second text answers the first, and how many tokens were computed."""
        ...


class CrossJudge:
    """A BERT- or RoBERTa-shaped sequence classifier with one label, read on both texts at once; in fp32."""

    def __init__(self, directory: Path, config: dict[str, Any], *, device: torch.device) -> None:
        self._model = load_cross_encoder(directory, config, device=device)
        self._device = device
        self.max_tokens = min(self._model.encoder.shape.max_positions, CROSS_TOKENS)
        self._tokenizer = load_tokenizer(directory)
        self._tokenizer.enable_truncation(self.max_tokens, strategy="longest_first")
        self._one_type = self._model.encoder.shape.n_types == 1

    @torch.inference_mode()
    def score(self, pairs: list[tuple[str, str]]) -> tuple[list[float], int]:
        encodings = self._tokenizer.encode_batch(pairs)
        ids, real = padded([encoding.ids for encoding in encodings], self._device)
        types = None if self._one_type else padded([each.type_ids for each in encodings], self._device)[0]
        scores: list[float] = self._model(ids, real, types).sigmoid().tolist()
        return scores, sum(len(encoding.ids) for encoding in encodings)


class WordJudge:
    """A decoder as Qwen3-Reranker is: the score is how much likelier it says "yes" next than "no"."""

    def __init__(self, directory: Path, config: dict[str, Any], *, device: torch.device) -> None:
        """The two words are those of sentence-transformers' LogitScore module, else the tokens `yes` and `no`."""
        self._tokenizer = load_tokenizer(directory)
        self._words = self._answers(directory)
        self._before, self._after = self._ids(_BEFORE), self._ids(_AFTER)
        self._model = load_judge(directory, config, device=device)
        self.max_tokens = min(self._model.max_positions, WORD_TOKENS)
        if self.max_tokens <= len(self._before) + len(self._after):
            raise ModelLoadError(
                "unsupported_model",
                f"{directory} has {self.max_tokens} positions; its prompt alone takes "
                f"{len(self._before) + len(self._after)} tokens.",
            )

    def score(self, pairs: list[tuple[str, str]]) -> tuple[list[float], int]:
        room = self.max_tokens - len(self._before) - len(self._after)
        rows = [[*self._before, *self._ids(_question(*pair))[:room], *self._after] for pair in pairs]
        logits = self._model.scores(rows, self._words)
        scores: list[float] = (logits[:, 0] - logits[:, 1]).sigmoid().tolist()
        return scores, sum(map(len, rows))

    def _answers(self, directory: Path) -> list[int]:
        module = module_names(directory).get("LogitScore")
        if module is not None:
            config = read_json(module, "config.json")
            words = [config.get("true_token_id"), config.get("false_token_id")]
        else:
            words = [self._tokenizer.token_to_id(word) for word in ("yes", "no")]
        numbers = [int(word) for word in words if word is not None]
        if len(numbers) < 2:
            raise ModelLoadError(
                "unsupported_model",
                f"{directory} names no tokens for yes and no, one of which such a reranker answers; choose another.",
            )
        return numbers

    def _ids(self, text: str) -> list[int]:
        return list(self._tokenizer.encode(text, add_special_tokens=False).ids)


def _question(query: str, document: str) -> str:
    return f"<Instruct>: {_INSTRUCTION}\n<Query>: {query}\n<Document>: {document}"
