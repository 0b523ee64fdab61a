"""What a request costs in tokens, added up as its pieces come, in the shapes of OpenAI's endpoints."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from inference.request import Piece


@dataclass(slots=True)
class Usage:
    prompt: int = 0
    """Over all prompts of the request; each is computed once, however many answers it has."""
    completion: int = 0
    """Over all answers, thinking included."""
    reasoning: int = 0
    found: dict[int, int] = field(default_factory=dict)
    """Of each prompt, how many tokens were found computed: by the answer that found the fewest, for others may have
    found what it computed."""

    @property
    def cached(self) -> int:
        return sum(self.found.values())

    def add(self, piece: Piece, n: int) -> None:
        """`n` answers are given to each prompt, and numbered through."""
        if piece.begun is not None:
            prompt = piece.index // n
            self.found[prompt] = min(piece.begun.n_cached, self.found.get(prompt, piece.begun.n_cached))
        self.completion += piece.n_tokens
        self.reasoning += piece.n_reasoning

    def openai(self) -> dict[str, Any]:
        """Chat's and completions' shape."""
        return {
            "prompt_tokens": self.prompt,
            "completion_tokens": self.completion,
            "total_tokens": self.prompt + self.completion,
            "prompt_tokens_details": {"cached_tokens": self.cached},
            "completion_tokens_details": {"reasoning_tokens": self.reasoning},
        }

    def responses(self) -> dict[str, Any]:
        """The shape of the responses endpoint."""
        return {
            "input_tokens": self.prompt,
            "input_tokens_details": {"cached_tokens": self.cached},
            "output_tokens": self.completion,
            "output_tokens_details": {"reasoning_tokens": self.reasoning},
            "total_tokens": self.prompt + self.completion,
        }
