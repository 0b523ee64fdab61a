"""What an agent lets people hear while its model speaks: the answer as text, everything else as reasoning.

A reply that comes from the log after a recovery goes the same way as one that arrives, so what was said is the same.
Knows pieces of replies; knows nothing of models or tools.
"""

from __future__ import annotations

from workflows.agent.react import Follower
from workflows.replies import Emit

HOLD_CHARS = 160
"""A reply that may still call tools is held back so far: what models say before a call is rarely longer."""


class Voice:
    """Speaks for a whole attempt. `text` is all that was said as text: paragraphs, each of one reply."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self.text = ""

    def say(self, piece: str, *, begins: bool) -> None:
        """Say a piece of the answer; one that begins a new reply stands apart from what was said before."""
        if begins and self.text:
            piece = "\n\n" + piece
        if piece:
            self.text += piece
            self._emit("text", piece)

    def think(self, piece: str) -> None:
        """Let people see a thought."""
        if piece:
            self._emit("reasoning", piece)


class HeldReply:
    """A reply that is an answer unless it calls tools. Short ones are held until that is known; a longer one is said
    as it arrives, and stays said.
    """

    def __init__(self, voice: Voice, *, may_call: bool) -> None:
        self._voice = voice
        self._limit = HOLD_CHARS if may_call else 0
        self._held = ""
        self._speaking = False

    def emit(self, output: str, piece: str) -> None:
        """Take a piece of the reply."""
        if output == "reasoning":
            self._voice.think(piece)
            return
        self._held += piece
        if self._speaking or len(self._held) > self._limit:
            self._flush()

    def end(self, *, called: bool) -> None:
        """The reply is over, and `called` tools or answered."""
        if called and not self._speaking:
            self._voice.think(self._held.strip() + "\n" if self._held.strip() else "")
            return
        self._flush()

    def _flush(self) -> None:
        held, self._held = self._held, ""
        if held:
            self._voice.say(held, begins=not self._speaking)
            self._speaking = True


class FollowedReply:
    """A reply by Thought, Action and Final Answer."""

    def __init__(self, voice: Voice) -> None:
        self._voice = voice
        self._follower = Follower()
        self._began = False

    def emit(self, output: str, piece: str) -> None:
        """Take a piece of the reply."""
        if output == "reasoning":
            self._voice.think(piece)
            return
        self._take(self._follower.feed(piece))

    def end(self, answer: str | None) -> None:
        """The reply is over. An `answer` that was not heard yet is said now."""
        if answer is not None and not self._follower.said:
            self._voice.say(answer, begins=True)

    def _take(self, pieces: list[tuple[str, str]]) -> None:
        for output, piece in pieces:
            if output == "text":
                self._voice.say(piece, begins=not self._began)
                self._began = True
            else:
                self._voice.think(piece)
