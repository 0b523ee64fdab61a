"""Why an evaluation cannot go on."""

from __future__ import annotations


class EvaluationError(Exception):
    """Ends the evaluation; `code` is stable, `message` names the remedy."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
