"""The order in which a run's answer is streamed.

One session for each answer node, in the order they become certain enough to speak; inside a session strictly in the
order of its template. Certain enough means: a way from the start on which every edge that a decision could close has
been taken. That is a flag spread along edges, so the cost is linear in the graph. A container with answers in its
body is a session too: its frames speak one after the other by index, however many of them run at once.

Knows events and values; knows nothing of time or of where text goes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from workflows import events as ev
from workflows.emitter import Emitter
from workflows.frames import Frame
from workflows.plan import FAIL_HANDLE, Plan, Region
from workflows.progress import Progress
from workflows.template import Pool, Ref, Template


class _Session:
    """One answer node being streamed. Of its current part, `pieces` pieces of streamed text are composed."""

    __slots__ = ("at", "final", "node", "part", "part_at", "parts", "pieces", "template")

    def __init__(self, node: int, template: Template) -> None:
        self.node = node
        self.template = template
        self.parts = template.parts
        self.part = 0
        self.at = -1
        self.part_at = -1
        self.pieces = 0
        self.final: str | None = None


class _Rounds:
    """One container whose frames speak. `next` is the frame whose turn it is."""

    __slots__ = ("at", "closed", "frames", "next", "node")

    def __init__(self, node: int) -> None:
        self.node = node
        self.frames: dict[int, _Speech] = {}
        self.next = 0
        self.at = -1
        self.closed = False


class _Speech:
    """What one frame has to say: its sessions in order, and what they need to know of its nodes."""

    __slots__ = ("done", "ended", "opened", "path", "pool", "queue", "region", "rounds", "sessions", "texts")

    def __init__(self, region: Region, pool: Pool, path: str) -> None:
        self.region = region
        self.pool = pool
        self.path = path
        self.opened = [False] * len(region.nodes)
        self.done: set[int] = set()
        self.texts: dict[int, list[str]] = {}
        self.sessions: dict[int, _Session | _Rounds] = {}
        self.queue: deque[_Session | _Rounds] = deque()
        self.rounds = False
        """Whether there is a container among its sessions."""
        self.ended = False


class AnswerStream:
    """Follows a run's events and composes its answer. `progress` must already know what each event brought."""

    def __init__(self, plan: Plan, progress: Progress) -> None:
        self._plan = plan
        self._progress = progress
        top = _Speech(plan.top, progress.top.pool, "")
        self._speeches: dict[str, _Speech] = {"": top}
        self._speaking = [top]
        """Whose turn it is: the top, the frame that speaks in it, the frame within that one, ..."""
        self.emitter = Emitter()
        silent = not any(region.speaks and not region.outer for region in plan.regions.values())
        self.heeds = _HEEDED - _FRAMES if silent else _HEEDED
        """The types of events that may change what is said; most of a run's are none."""

    def observe(self, event: ev.Event) -> bool:
        """Take one event in and compose what it allows; False when it cannot have changed what is composed."""
        take = _TAKERS.get(type(event))
        if take is None or not take(self, event):
            return False
        self._advance()
        return True

    def _run_started(self, event: ev.RunStarted) -> bool:
        start = self._plan.top.index.get(event.root, self._plan.start)
        self._spread(self._speeches[""], [start])
        return True

    def _node_started(self, event: ev.NodeStarted) -> bool:
        speech = self._speeches.get(event.frame)
        if speech is None or not speech.texts:
            return False
        index = speech.region.index[event.node_id]
        if not speech.texts.pop(index, None):
            return False
        self._rewind(speech, index)
        return True

    def _node_finished(self, event: ev.NodeFinished) -> bool:
        speech = self._speeches.get(event.frame)
        if speech is not None:
            self._close(speech, speech.region.index[event.node_id], event.handle, event)
        return speech is not None

    def _node_delta(self, event: ev.NodeDelta) -> bool:
        speech = self._speeches.get(event.frame)
        if speech is None or event.output != "text":
            return False
        speech.texts.setdefault(speech.region.index[event.node_id], []).append(event.text)
        return True

    def _node_failed(self, event: ev.NodeFailed) -> bool:
        speech = self._speeches.get(event.frame)
        if speech is None or event.handled is None:
            return False
        handle = FAIL_HANDLE if event.handled == "branch" else None
        self._close(speech, speech.region.index[event.node_id], handle, event)
        return True

    def _node_skipped(self, event: ev.NodeSkipped) -> bool:
        speech = self._speeches.get(event.frame)
        if speech is not None:
            index = speech.region.index[event.node_id]
            speech.done.add(index)
            self._drop(speech, index)
        return speech is not None

    def _node_retrying(self, event: ev.NodeRetrying) -> bool:
        speech = self._speeches.get(event.frame)
        if speech is not None:
            self._begin_again(speech, speech.region.index[event.node_id])
        return speech is not None

    def _frame_started(self, event: ev.FrameStarted) -> bool:
        rounds = self._rounds(event)
        if rounds is not None:
            path = ev.frame_path(event.frame, event.node_id, event.index)
            rounds.frames[event.index] = self._open(self._progress.frames[path])
        return rounds is not None

    def _frame_finished(self, event: ev.FrameFinished) -> bool:
        inner = None
        if self._rounds(event) is not None:
            inner = self._speeches.get(ev.frame_path(event.frame, event.node_id, event.index))
        if inner is not None:
            self._end(inner)
        return inner is not None

    def _rounds(self, event: ev.NodeEvent) -> _Rounds | None:
        """The container an event is about, when its frames speak."""
        speech = self._speeches.get(event.frame)
        if speech is None or not speech.rounds:
            return None
        session = speech.sessions.get(speech.region.index[event.node_id])
        return session if isinstance(session, _Rounds) else None

    def _open(self, frame: Frame) -> _Speech:
        speech = self._speeches[frame.path] = _Speech(frame.region, frame.pool, frame.path)
        self._spread(speech, frame.region.entry)
        return speech

    def _close(self, speech: _Speech, index: int, handle: str | None, event: ev.NodeFinished | ev.NodeFailed) -> None:
        speech.done.add(index)
        session = speech.sessions.get(index)
        if isinstance(session, _Session):
            session.final = self._final(speech, session, event)
        elif session is not None:
            session.closed = True
        if _blocks(speech.region, index):
            edges = speech.region.edges_out[index]
            taken = [t for h, t in edges if (h == handle if handle is not None else h != FAIL_HANDLE)]
            self._spread(speech, taken)

    def _final(self, speech: _Speech, session: _Session, event: ev.NodeFinished | ev.NodeFailed) -> str:
        if speech.region.nodes[session.node].is_output:
            return session.template.render_markdown(speech.pool)
        return str(event.outputs.get("answer", ""))

    def _spread(self, speech: _Speech, roots: Sequence[int]) -> None:
        region, opened = speech.region, speech.opened
        found: list[int] = []
        pending = list(roots)
        while pending:
            index = pending.pop()
            if opened[index]:
                continue
            opened[index] = True
            if _speaks(self._plan, region, index):
                found.append(index)
            if not _blocks(region, index):
                pending += [target for _, target in region.edges_out[index]]
        for index in sorted(found, key=lambda i: region.nodes[i].id):
            template = region.nodes[index].step.answer
            session = _Session(index, template) if template is not None else _Rounds(index)
            speech.rounds = speech.rounds or template is None
            speech.sessions[index] = session
            speech.queue.append(session)

    def _drop(self, speech: _Speech, index: int) -> None:
        session = speech.sessions.get(index)
        if session is not None and session in speech.queue:
            if session.at >= 0:
                self.emitter.cut(session.at)
            speech.queue.remove(session)

    def _rewind(self, speech: _Speech, index: int) -> None:
        """A node speaks again from the beginning: what is composed of its text so far is taken back."""
        session = speech.queue[0] if speech.queue and speech is self._speaking[-1] else None
        if not isinstance(session, _Session) or session.part_at < 0 or session.part >= len(session.parts):
            return
        part = session.parts[session.part]
        if isinstance(part, Ref) and part.slot == index and not part.up:
            self.emitter.cut(session.part_at)
            session.pieces = 0

    def _begin_again(self, speech: _Speech, index: int) -> None:
        """A container is tried again: what its frames said is taken back."""
        rounds = speech.sessions.get(index)
        if not isinstance(rounds, _Rounds):
            return
        within = _all_within(rounds)
        if rounds.at >= 0:
            self.emitter.cut(rounds.at)
            within += self._after(speech)
            del self._speaking[self._speaking.index(speech) + 1 :]
        for inner in within:
            self._speeches.pop(inner.path, None)
        rounds.frames, rounds.next, rounds.at = {}, 0, -1

    def _end(self, speech: _Speech) -> None:
        """A frame is over: what its answer nodes said stands, what was still being said is taken back."""
        speeches = [speech, *self._after(speech)]
        for rounds in [session for session in speech.queue if isinstance(session, _Rounds)]:
            speeches += _all_within(rounds)
        for one in speeches:
            self._speeches.pop(one.path, None)
            one.ended = True
            for session in list(one.queue):
                if isinstance(session, _Rounds):
                    session.closed = True
                elif session.final is None:
                    if session.at >= 0:
                        self.emitter.cut(session.at)
                    one.queue.remove(session)

    def _after(self, speech: _Speech) -> list[_Speech]:
        """The frames within that speak in this one's turn."""
        return self._speaking[self._speaking.index(speech) + 1 :] if speech in self._speaking else []

    def _advance(self) -> None:
        """Say what can be said: always the innermost frame whose turn it is."""
        speaking = self._speaking
        while True:
            speech = speaking[-1]
            if not speech.queue:
                if not speech.ended:
                    return
                speaking.pop()
                continue
            session = speech.queue[0]
            if isinstance(session, _Session):
                if not self._say(speech, session):
                    return
                speech.queue.popleft()
                continue
            if session.at < 0:
                session.at = self.emitter.length
            inner = session.frames.pop(session.next, None)
            if inner is not None:
                session.next += 1
                speaking.append(inner)
            elif session.closed:
                speech.queue.popleft()
            else:
                return

    def _say(self, speech: _Speech, session: _Session) -> bool:
        """Compose what the session can say now; True when it has said everything."""
        emitter = self.emitter
        speaker = _speaker(speech, session)
        if session.at < 0:
            session.at = emitter.length
        if session.final is not None:
            emitter.cut(session.at)
            emitter.add(session.final, speaker)
            return True
        while session.part < len(session.parts):
            if session.part_at < 0:
                session.part_at, session.pieces = emitter.length, 0
            text = self._whole_part(speech, session)
            if text is None:
                return False
            emitter.cut(session.part_at)
            emitter.add(text, speaker)
            session.part += 1
            session.part_at = -1
        # Everything is said; the answer node itself follows and may still correct it.
        return False

    def _whole_part(self, speech: _Speech, session: _Session) -> str | None:
        """The text of the session's current part when it is all there; else what there is of it is composed."""
        part = session.parts[session.part]
        if isinstance(part, str):
            return part
        if part.slot is not None and part.slot >= 0 and not part.up and part.slot not in speech.done:
            if part.name in speech.region.nodes[part.slot].streams and not part.path:
                pieces = speech.texts.get(part.slot, [])
                for piece in pieces[session.pieces :]:
                    self.emitter.add(piece, _speaker(speech, session))
                session.pieces = len(pieces)
            return None
        # A variable is shown once those nodes are done that come before the answer and may write it.
        if not speech.done.issuperset(speech.region.writers.get((session.node, session.part), ())):
            return None
        return session.template.part_markdown(part, speech.pool)


_TAKERS: dict[type[Any], Callable[[AnswerStream, Any], bool]] = {
    ev.RunStarted: AnswerStream._run_started,
    ev.NodeStarted: AnswerStream._node_started,
    ev.NodeFinished: AnswerStream._node_finished,
    ev.NodeDelta: AnswerStream._node_delta,
    ev.NodeFailed: AnswerStream._node_failed,
    ev.NodeSkipped: AnswerStream._node_skipped,
    ev.NodeRetrying: AnswerStream._node_retrying,
    ev.FrameStarted: AnswerStream._frame_started,
    ev.FrameFinished: AnswerStream._frame_finished,
}
_HEEDED = frozenset(_TAKERS)
_FRAMES = frozenset((ev.FrameStarted, ev.FrameFinished))


def _speaker(speech: _Speech, session: _Session) -> tuple[str, str]:
    return speech.region.nodes[session.node].id, speech.path


def _speaks(plan: Plan, region: Region, index: int) -> bool:
    step = region.nodes[index].step
    if step.container is None:
        return step.answer is not None
    body = plan.regions[step.container.region]
    return body.speaks and not body.outer


def _blocks(region: Region, index: int) -> bool:
    """Whether this node's edges stay uncertain until it is done."""
    node = region.nodes[index]
    return node.branching or node.step.answer is not None or node.step.container is not None


def _all_within(rounds: _Rounds) -> list[_Speech]:
    """Every frame of a container that has not had its turn yet, and the frames within."""
    found: list[_Speech] = []
    pending = list(rounds.frames.values())
    while pending:
        speech = pending.pop()
        found.append(speech)
        for session in speech.queue:
            if isinstance(session, _Rounds):
                pending += session.frames.values()
    return found
