"""The order in which a run's answer is streamed.

One session for each answer node, in the order they become certain enough to speak; inside a session strictly in the
order of its template. Knows events and values; knows nothing of time or of where text goes. Certain enough means: a
way from the start on which every edge that a decision could close has been taken. That is a flag spread along
edges, so the cost is linear in the graph.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from workflows import events as ev
from workflows.plan import FAIL_HANDLE, Plan
from workflows.template import Pool, Ref, Template


class Emitter:
    """Compares the answer as it should be with what was already sent, and says what to send next."""

    __slots__ = ("composed", "sent")

    def __init__(self) -> None:
        self.composed = ""
        self.sent = ""

    def settle(self, *, final: bool = False) -> tuple[bool, str] | None:
        """`(False, addition)`, `(True, replacement)` or None. Before `final`, a text that may still catch up waits."""
        composed, sent = self.composed, self.sent
        if len(composed) == len(sent) and composed == sent:
            return None
        if composed.startswith(sent):
            self.sent = composed
            return False, composed[len(sent) :]
        if sent.startswith(composed) and not final:
            return None
        self.sent = composed
        return True, composed


class _Session:
    """One answer node being streamed."""

    __slots__ = ("at", "final", "node", "part", "part_at", "parts", "template")

    def __init__(self, node: int, template: Template) -> None:
        self.node = node
        self.template = template
        self.parts = template.parts
        self.part = 0
        self.at = -1
        self.part_at = -1
        self.final: str | None = None


class AnswerStream:
    """Follows a run's events and composes its answer. `pool` must already hold what each event brought."""

    def __init__(self, plan: Plan, pool: Pool) -> None:
        self._plan = plan
        self._pool = pool
        self._open = [False] * len(plan.nodes)
        self._done: set[int] = set()
        self._texts: dict[int, str] = {}
        self._sessions: dict[int, _Session] = {}
        self._queue: deque[_Session] = deque()
        self.emitter = Emitter()
        self.speaker = ""
        """The answer node whose text was composed last."""
        self._spread([plan.start])

    def observe(self, event: ev.Event) -> None:
        """Take one event in and compose what it allows."""
        match event:
            case ev.NodeDelta() if event.output == "text":
                index = self._plan.index[event.node_id]
                self._texts[index] = self._texts.get(index, "") + event.text
            case ev.NodeStarted():
                index = self._plan.index[event.node_id]
                if not self._texts.pop(index, ""):
                    return
                self._rewind(index)
            case ev.NodeFinished():
                self._close(self._plan.index[event.node_id], event.handle, event)
            case ev.NodeFailed() if event.handled is not None:
                self._close(self._plan.index[event.node_id], FAIL_HANDLE if event.handled == "branch" else None, event)
            case ev.NodeSkipped():
                self._done.add(self._plan.index[event.node_id])
                self._drop(self._plan.index[event.node_id])
            case ev.RunStarted():
                pass
            case _:
                return
        self._advance()

    def _close(self, index: int, handle: str | None, event: ev.NodeFinished | ev.NodeFailed) -> None:
        self._done.add(index)
        node = self._plan.nodes[index]
        if node.step.answer is not None:
            session = self._sessions.get(index)
            if session is not None:
                session.final = str(event.outputs.get("answer", ""))
        if self._blocks(index):
            edges = self._plan.edges_out[index]
            taken = [t for h, t in edges if (h == handle if handle is not None else h != FAIL_HANDLE)]
            self._spread(taken)

    def _blocks(self, index: int) -> bool:
        """Whether this node's edges stay uncertain until it is done."""
        node = self._plan.nodes[index]
        return node.branching or node.step.answer is not None

    def _spread(self, roots: Sequence[int]) -> None:
        opened: list[int] = []
        pending = list(roots)
        while pending:
            index = pending.pop()
            if self._open[index]:
                continue
            self._open[index] = True
            if self._plan.nodes[index].step.answer is not None:
                opened.append(index)
            if not self._blocks(index):
                pending += [target for _, target in self._plan.edges_out[index]]
        for index in sorted(opened, key=lambda i: self._plan.nodes[i].id):
            template = self._plan.nodes[index].step.answer
            assert template is not None
            self._sessions[index] = _Session(index, template)
            self._queue.append(self._sessions[index])

    def _drop(self, index: int) -> None:
        session = self._sessions.get(index)
        if session is not None and session in self._queue:
            if session.at >= 0:
                self.emitter.composed = self.emitter.composed[: session.at]
            self._queue.remove(session)

    def _rewind(self, index: int) -> None:
        """A node speaks again from the beginning: what is composed of its text so far is taken back."""
        session = self._queue[0] if self._queue else None
        if session is None or session.part_at < 0 or session.part >= len(session.parts):
            return
        part = session.parts[session.part]
        if isinstance(part, Ref) and part.slot == index:
            self.emitter.composed = self.emitter.composed[: session.part_at]

    def _advance(self) -> None:
        while self._queue and self._say(self._queue[0]):
            self._queue.popleft()

    def _say(self, session: _Session) -> bool:
        """Compose what the session can say now; True when it has said everything."""
        emitter = self.emitter
        self.speaker = self._plan.nodes[session.node].id
        if session.at < 0:
            session.at = len(emitter.composed)
        if session.final is not None:
            emitter.composed = emitter.composed[: session.at] + session.final
            return True
        while session.part < len(session.parts):
            if session.part_at < 0:
                session.part_at = len(emitter.composed)
            text, complete = self._part_text(session)
            emitter.composed = emitter.composed[: session.part_at] + text
            if not complete:
                return False
            session.part += 1
            session.part_at = -1
        # Everything is said; the answer node itself follows and may still correct it.
        return False

    def _part_text(self, session: _Session) -> tuple[str, bool]:
        """The text of the session's current part so far, and whether it is all."""
        part = session.parts[session.part]
        if isinstance(part, str):
            return part, True
        if part.slot is None or part.slot < 0 or part.slot in self._done:
            return session.template.part_markdown(part, self._pool), True
        if part.name in self._plan.nodes[part.slot].streams and not part.path:
            return self._texts.get(part.slot, ""), False
        return "", False
