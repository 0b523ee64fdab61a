"""Frames: one pass over a region, with a pool, undecided edges and a count of what is still to do.

Knows regions and pools; knows nothing of events.
"""

from __future__ import annotations

from typing import Any

from workflows.events import ErrorInfo, frame_path
from workflows.plan import PlanNode, Region
from workflows.template import CONVERSATION, ENV, INPUTS, SYS, Pool


class Frame:
    """A region being run. `around` and `node` say whose frame it is: node `node` of the frame `around`; `index` counts
    that node's frames. `lineage` is the path with the attempts of the containers around, so that two frames of one path
    are told apart in keys. `home` is the nearest frame whose region is no body; only that one has `outputs`, `answers`
    and a `history`. `active` counts nodes that are neither done nor out of reach yet.
    """

    __slots__ = (
        "active", "answers", "around", "error", "history", "home", "index", "lineage", "node", "outputs", "path",
        "pool", "region", "taken", "undecided",
    )  # fmt: skip

    def __init__(
        self,
        region: Region,
        pool: Pool,
        path: str = "",
        around: Frame | None = None,
        node: int = -1,
        index: int = 0,
        attempt: int = 1,
    ) -> None:
        self.region = region
        self.path = path
        self.lineage: str = path
        if around is not None and (attempt > 1 or around.lineage != around.path):
            self.lineage = _lineage(around, node, index, attempt)
        self.around = around
        self.node = node
        self.index = index
        self.pool = pool
        self.undecided = list(region.n_in)
        self.taken = [False] * len(region.nodes)
        self.active = 0
        self.error: ErrorInfo | None = None
        if around is not None and not region.outer:
            self.home: Frame = around.home
            return
        self.home = self
        self.outputs: dict[str, Any] = {}
        self.answers: list[str] = []
        self.history: list[dict[str, Any]] = []

    @property
    def owner(self) -> PlanNode:
        """The node whose frame this is; not asked of the top."""
        assert self.around is not None
        return self.around.region.nodes[self.node]

    def result(self) -> dict[str, Any]:
        """The outputs of a frame with outputs of its own: a chat's answer among them."""
        return {**self.outputs, "answer": "".join(self.answers)} if self.region.mode == "chat" else self.outputs


def _lineage(around: Frame, node: int, index: int, attempt: int) -> str:
    own = frame_path(around.lineage, around.region.nodes[node].id, index)
    return own if attempt == 1 else f"{own}~{attempt}"


Cell = tuple[Frame, int]
"""A node of a frame."""


def sub_workflow_pool(region: Region, inputs: dict[str, Any], caller: Pool) -> Pool:
    """The pool of a called workflow: its own variables and inputs; of its caller's it sees who runs it."""
    pool = Pool.of(len(region.nodes))
    files = inputs.get("files")
    message = {"query": str(inputs.get("query") or ""), "files": files if isinstance(files, list) else []}
    pool[SYS] = {**(caller[SYS] or {}), **message, "conversation_id": "", "dialogue_count": 0}
    pool[ENV], pool[CONVERSATION], pool[INPUTS] = dict(region.environment), dict(region.conversation), inputs
    return pool
