"""The contract of a container: a node that runs frames of a body and makes one result of what they gave.

Knows what a container decides; knows no container, and nothing of how its frames are run. Everything a container
decides follows from what its log says (`Work`), so a recovered run decides the same.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from workflows.events import ErrorInfo
from workflows.template import Pool

if TYPE_CHECKING:
    from workflows.context import Context
    from workflows.kinds import Result


@dataclass(slots=True)
class Opening:
    """What a container works on. `length` is how many frames there will be, None when that shows later."""

    inputs: dict[str, Any]
    length: int | None = None


@dataclass(slots=True)
class Work:
    """One attempt of a container as its log tells it. `outputs` and `errors` are those of frames that are done;
    `shared` is what `Container.shared` gave, with all writes since.
    """

    inputs: dict[str, Any]
    length: int | None = None
    shared: dict[str, Any] | None = None
    opened: int = 0
    running: int = 0
    outputs: dict[int, Any] = field(default_factory=dict)
    errors: dict[int, ErrorInfo] = field(default_factory=dict)


class Container(ABC):
    """A container as its node was configured. `region` is its body, `parallel` how many frames may run at once.

    `tolerant` containers go on when a frame failed; `types` are those of the variables that frames share.
    """

    region: str = ""
    parallel: int = 1
    tolerant: bool = False
    types: Mapping[str, str] = {}

    @abstractmethod
    def open(self, ctx: Context) -> Opening:
        """What this attempt works on. Raises NodeError."""

    @abstractmethod
    def wants_frame(self, work: Work, pool: Pool) -> bool:
        """Whether frame `work.opened` is to begin, now or when there is room. `pool` is the one around the node."""

    @abstractmethod
    def output(self, pool: Pool, work: Work) -> Any:
        """The output of a frame of which nothing is left to run. Raises NodeError, which fails the frame."""

    @abstractmethod
    def result(self, work: Work) -> Result:
        """The node's result, when no frame runs and none is wanted. Raises NodeError."""

    def own(self, inputs: dict[str, Any], index: int) -> dict[str, Any]:
        """The values under the container's own name inside frame `index`."""
        return {}

    def shared(self, inputs: dict[str, Any]) -> dict[str, Any] | None:
        """Values under the container's own name that all frames share and may write, as they are in the beginning;
        None for a container without.
        """
        return None
