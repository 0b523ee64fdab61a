"""One answer on its way out: tokens in, pieces out. Joins characters, stop strings, thoughts and calls.

Stop strings are looked for in all that the model says, thoughts and calls too.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from inference.request import FinishReason, Piece, SamplingParams, TokenLogprob
from inference.sequence import Output
from inference.text.detokenizer import Detokenizer
from inference.text.parsing.families import Family
from inference.text.parsing.machine import Parser, Part, deltas
from inference.text.stops import StopMatcher
from inference.text.token_bytes import TokenBytes


class Voice:
    def __init__(
        self,
        params: SamplingParams,
        index: int,
        detokenizer: Detokenizer,
        words: TokenBytes,
        parser: Parser | None,
        family: Family,
    ) -> None:
        """`parser` None: all is text, as in plain completions."""
        self._params = params
        self._index = index
        self._text = detokenizer
        self._words = words
        self._stops = StopMatcher(params.stop)
        self._parser = parser
        self._id_chars = family.calls.id_chars if family.calls is not None else 24
        self._n_told = 0

    def pieces(self, outputs: Iterable[Output]) -> list[Piece]:
        """As few as tell it: what follows the end of the answer is not told."""
        told: list[Piece] = []
        for output in outputs:
            told += self._of_one(output)
            if told and told[-1].finish_reason is not None:
                break
        return joined(told)

    def _of_one(self, output: Output) -> list[Piece]:
        """The pieces a token completes; the first counts it. None at all is a piece without text, for its count."""
        thinking = self._parser is not None and self._parser.thinking
        reason = output.finish_reason
        stop_reason: str | int | None = None
        raw = ""
        if output.token is not None:
            if reason == "stop":
                stop_reason = output.token if output.token in self._params.stop_token_ids else None
            else:
                raw = self._text.push(output.token)
        if reason is not None:
            raw += self._text.flush()
        shown, stopped = self._stops.push(raw)
        if stopped:
            reason, stop_reason = "stop", self._stops.met
        elif reason is not None:
            shown += self._stops.flush()
        parts = self._parts(shown, last=reason is not None)
        if not self._params.parallel_tool_calls and any(part.call for part in parts):
            parts, reason = _up_to_first_call(parts), "stop"
        # without `replace` but at the end: this is done for every token
        counted = {
            "n_tokens": int(output.token is not None),
            "n_forced": int(output.forced),
            "n_reasoning": int(thinking),
            "logprobs": self._logprobs(output),
            "begun": output.begun,
        }
        first, *others = parts or [_NOTHING]
        pieces = [self._piece(first, **counted), *map(self._piece, others)]
        if reason is not None:
            pieces[-1] = replace(pieces[-1], finish_reason=self._ending(reason), stop_reason=stop_reason)
        return pieces

    def _parts(self, text: str, *, last: bool) -> list[Part]:
        if self._parser is None:
            return [Part(text=text)] if text else []
        return [*self._parser.push(text), *(self._parser.flush() if last else ())]

    def _piece(self, part: Part, **counted: Any) -> Piece:
        if part.call is None:
            return Piece(part.text, index=self._index, reasoning=part.reasoning, **counted)
        self._n_told += 1
        called = deltas(part.call, self._n_told - 1, self._id_chars)
        return Piece("", index=self._index, tool_calls=called, **counted)

    def _ending(self, reason: FinishReason) -> FinishReason:
        return "tool_calls" if reason == "stop" and self._n_told else reason

    def _logprobs(self, output: Output) -> tuple[TokenLogprob, ...]:
        if output.scores is None or output.token is None or self._params.logprobs is None:
            return ()
        own = self._words.scored(output.token, output.scores.logprob)
        top = tuple(self._words.scored(token, logprob) for token, logprob in output.scores.top)
        return (TokenLogprob(own.token, own.logprob, own.bytes, top),)


_NOTHING = Part()


def _up_to_first_call(parts: list[Part]) -> list[Part]:
    at = next(at for at, part in enumerate(parts) if part.call is not None)
    return parts[: at + 1]


def joined(pieces: Iterable[Piece]) -> list[Piece]:
    """Neighbours as one piece, where they are not of different kinds: thinking, text and calls stay apart."""
    told: list[Piece] = []
    for piece in pieces:
        if not told or len({_kind(told[-1]), _kind(piece)} - {None}) > 1:
            told.append(piece)
        else:
            told[-1] = _both(told[-1], piece)
    return told


def _kind(piece: Piece) -> str | None:
    return "text" if piece.text else "reasoning" if piece.reasoning else "call" if piece.tool_calls else None


def _both(first: Piece, then: Piece) -> Piece:
    return Piece(
        first.text + then.text,
        first.n_tokens + then.n_tokens,
        then.finish_reason,
        first.index,
        first.reasoning + then.reasoning,
        first.tool_calls + then.tool_calls,
        first.logprobs + then.logprobs,
        then.stop_reason,
        first.n_forced + then.n_forced,
        first.n_reasoning + then.n_reasoning,
        then.options,
        first.begun or then.begun,
    )
