"""What a request costs in tokens, added up as its pieces come. Does not know how much of a prompt was found computed:
`weft_prefix_cache_hits_total` tells that of all requests together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from inference.request import Piece


@dataclass(slots=True)
class Usage:
    prompt: int = 0
    """Over all prompts of the request; each is computed once, however many answers it has."""
    completion: int = 0
    """Over all answers, thinking included."""
    reasoning: int = 0

    def add(self, piece: Piece) -> None:
        self.completion += piece.n_tokens
        self.reasoning += piece.n_reasoning

    def openai(self) -> dict[str, Any]:
        """Chat's and completions' shape."""
        return {
            "prompt_tokens": self.prompt,
            "completion_tokens": self.completion,
            "total_tokens": self.prompt + self.completion,
            "completion_tokens_details": {"reasoning_tokens": self.reasoning},
        }

    def responses(self) -> dict[str, Any]:
        """The shape of the responses endpoint."""
        return {
            "input_tokens": self.prompt,
            "output_tokens": self.completion,
            "output_tokens_details": {"reasoning_tokens": self.reasoning},
            "total_tokens": self.prompt + self.completion,
        }
