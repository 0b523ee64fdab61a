"""A definition: the graph document people edit, read into typed parts.

Knows the document's shape (`weft: 1`) and collects every fault of it; knows nothing of what nodes do or of YAML.
`Definition.document` is the same content in normal form, ready to be stored as JSON, and made when it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from workflows.errors import DefinitionError, Fault
from workflows.events import Mode
from workflows.nodes.fields import IDENTIFIER
from workflows.values import Dialect

VERSION = 1
MAX_NODES = 10_000
MAX_EDGES = 50_000
NODE_ID = r"^[A-Za-z0-9_-]{1,50}$"

_KEYS = frozenset(
    ("weft", "dialect", "app", "nodes", "edges", "variables", "features", "layout", "viewport", "limits", "extras"),
)


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class App(_Part):
    """What the app is called and how it is used."""

    name: str = ""
    mode: Mode
    description: str = ""
    icon: str = ""


class Retry(_Part):
    """How often a failed node is tried again, and after which pause."""

    max: int = Field(default=0, ge=0, le=10)
    interval_ms: int = Field(default=1000, ge=0, le=60_000)


class Batch(_Part):
    """Runs a node once for each element of a list, `parallel` at a time; inside, `[<own id>, item]` and `index`."""

    items: list[str] = []
    parallel: int = Field(default=1, ge=1, le=100)
    on_error: Literal["stop", "null", "drop"] = "stop"


class Policy(_Part):
    """What happens when a node fails or takes too long, and whether it runs once or for each element of a list."""

    retry: Retry = Retry()
    # Of nodes that work beside others, and of containers as a whole; a node that is done at once is not timed.
    timeout_s: Annotated[float, Field(gt=0, le=3600)] | None = None
    on_error: Literal["fail", "branch", "default"] = "fail"
    default_outputs: dict[str, Any] = {}
    batch: Batch | None = None

    def document(self) -> dict[str, Any]:
        """The policy in a document's normal form."""
        return self.model_dump(exclude={"batch"} if self.batch is None else None)


# Frozen, so every node may share it: pydantic would copy a plain default for each.
NO_POLICY = Policy()


class NodeDef(_Part):
    """One node as written."""

    id: str = Field(pattern=NODE_ID)
    kind: str = Field(min_length=1)
    title: str = ""
    parent: str | None = None
    config: dict[str, Any] = {}
    policy: Policy = Field(default_factory=lambda: NO_POLICY)


class EdgeDef(_Part):
    """One edge as written."""

    id: str = Field(min_length=1)
    source: str
    handle: str = "source"
    target: str


class VariableDef(_Part):
    """An environment or conversation variable."""

    name: str = Field(pattern=IDENTIFIER)
    type: str = "string"
    value: Any = None
    description: str = ""


class Limits(_Part):
    """What one run may use up; what is absent is not limited. Beyond it the run fails with `budget_exceeded`."""

    wall_s: Annotated[float, Field(gt=0)] | None = None
    tokens: Annotated[int, Field(gt=0)] | None = None
    cost: Annotated[float, Field(gt=0)] | None = None
    steps: Annotated[int, Field(gt=0)] | None = None


_NO_LIMITS = Limits()


class _Normal:
    """A document in normal form, made once, when it is first asked for."""

    __slots__ = ("_made", "_make")

    def __init__(self, make: Callable[[], dict[str, Any]]) -> None:
        self._make: Callable[[], dict[str, Any]] | None = make
        self._made: dict[str, Any] = {}

    def get(self) -> dict[str, Any]:
        make = self._make
        if make is not None:
            self._made = make()
            self._make = None
        return self._made


@dataclass(frozen=True, slots=True)
class Definition:
    """A document read. `faults` are those of its shape; what nodes and references say is checked by `check`."""

    normal: _Normal = field(repr=False)
    app: App
    nodes: Sequence[NodeDef]
    edges: Sequence[EdgeDef]
    environment: Sequence[VariableDef] = ()
    conversation: Sequence[VariableDef] = ()
    dialect: Dialect = "weft"
    limits: Limits = _NO_LIMITS
    faults: Sequence[Fault] = ()

    @property
    def document(self) -> dict[str, Any]:
        """All of it in normal form."""
        return self.normal.get()

    @property
    def name(self) -> str:
        return self.app.name

    @property
    def mode(self) -> Mode:
        return self.app.mode


@dataclass(slots=True)
class _Reader:
    faults: list[Fault] = field(default_factory=list)

    def fault(self, message: str, where: str | None = None, node_id: str | None = None) -> None:
        self.faults.append(Fault("document_invalid", message, node_id, where))

    def section(self, document: dict[str, Any], name: str, kind: type[Any]) -> Any:
        """A top-level section of the wanted type; an empty one, with a fault, when it is something else."""
        value = document.get(name)
        if value is None:
            return kind()
        if isinstance(value, kind):
            return value
        wanted = "a list" if kind is list else "an object"
        self.fault(f"{name!r} must be {wanted}.", name)
        return kind()

    def parts(self, items: list[Any], adapter: TypeAdapter[Any], where: str) -> list[Any]:
        """Every item that can be read; what cannot is reported and left out."""
        read = []
        for i, item in enumerate(items):
            try:
                read.append(adapter.validate_python(item))
            except ValidationError as error:
                node_id = _node_id(item) if where == "nodes" else None
                self.faults += faults_of(error, "document_invalid", node_id=node_id, prefix=f"{where}.{i}")
        return read


Extras = Callable[[dict[str, Any]], dict[str, Any]]

_NODE: TypeAdapter[Any] = TypeAdapter(NodeDef)
_EDGE: TypeAdapter[Any] = TypeAdapter(EdgeDef)
_VARIABLE: TypeAdapter[Any] = TypeAdapter(VariableDef)


def read_document(document: Any, *, faults: Sequence[Fault] = (), extras: Extras | None = None) -> Definition:
    """Read a `weft: 1` document. Faults are collected, unreadable parts left out. Raises DefinitionError for what is no
    object, or has too many nodes or edges.

    `extras` finds what is to be kept beside the document, which it is given in normal form.
    """
    reader = _Reader(list(faults))
    if not isinstance(document, dict):
        raise DefinitionError([Fault("document_invalid", "The document must be an object.")])
    if document.get("weft") != VERSION:
        reader.fault(f"This engine reads version {VERSION}, and the document says {document.get('weft')!r}.", "weft")
    for key in document:
        if key not in _KEYS:
            reader.fault(f"Unknown key {str(key)!r}.", str(key))
    _check_count(document)
    app = _read_app(document, reader)
    nodes = reader.parts(reader.section(document, "nodes", list), _NODE, "nodes")
    edges = reader.parts(reader.section(document, "edges", list), _EDGE, "edges")
    variables = reader.section(document, "variables", dict)
    environment = reader.parts(reader.section(variables, "environment", list), _VARIABLE, "environment")
    conversation = reader.parts(reader.section(variables, "conversation", list), _VARIABLE, "conversation")
    features, layout = reader.section(document, "features", dict), reader.section(document, "layout", dict)
    limits = _read_limits(document, reader)
    dialect: Dialect = "dify" if document.get("dialect") == "dify" else "weft"

    def normal() -> dict[str, Any]:
        made: dict[str, Any] = {
            "weft": VERSION,
            **({"dialect": dialect} if dialect != "weft" else {}),
            "app": app.model_dump(),
            "nodes": [_node_document(node) for node in nodes],
            "edges": [edge.model_dump() for edge in edges],
            "variables": {
                "environment": [variable.model_dump() for variable in environment],
                "conversation": [variable.model_dump() for variable in conversation],
            },
            "features": features,
            "layout": layout,
            **({"limits": limits.model_dump()} if limits != _NO_LIMITS else {}),
            **({"viewport": document["viewport"]} if document.get("viewport") else {}),
        }
        kept = document.get("extras") if extras is None else extras(made)
        return {**made, "extras": kept} if kept else made

    return Definition(_Normal(normal), app, nodes, edges, environment, conversation, dialect, limits, reader.faults)


def _check_count(document: dict[str, Any]) -> None:
    """Refuse what would take minutes to check. Raises DefinitionError."""
    for name, most in (("nodes", MAX_NODES), ("edges", MAX_EDGES)):
        found = document.get(name)
        if isinstance(found, list) and len(found) > most:
            message = f"The document has {len(found):,} {name}, and {most:,} is the most: divide it into sub-workflows."
            raise DefinitionError([Fault("document_too_large", message, None, name)])


def _read_app(document: dict[str, Any], reader: _Reader) -> App:
    try:
        return App.model_validate(document.get("app"))
    except ValidationError as error:
        reader.faults += faults_of(error, "document_invalid", prefix="app")
        return App(mode="workflow")


def _read_limits(document: dict[str, Any], reader: _Reader) -> Limits:
    try:
        return Limits.model_validate(document.get("limits") or {})
    except ValidationError as error:
        reader.faults += faults_of(error, "document_invalid", prefix="limits")
        return _NO_LIMITS


def _node_document(node: NodeDef) -> dict[str, Any]:
    document: dict[str, Any] = {
        "id": node.id,
        "kind": node.kind,
        "title": node.title,
        "parent": node.parent,
        "config": node.config,
    }
    if node.policy is not NO_POLICY and node.policy != NO_POLICY:
        document["policy"] = node.policy.document()
    return document


def _node_id(item: Any) -> str | None:
    node_id = item.get("id") if isinstance(item, dict) else None
    return node_id if isinstance(node_id, str) else None


def faults_of(error: ValidationError, code: str, *, node_id: str | None = None, prefix: str = "") -> list[Fault]:
    """One fault for every error pydantic found, with the path of the field."""
    faults = []
    for item in error.errors(include_url=False, include_context=False, include_input=False):
        path = ".".join([*([prefix] if prefix else []), *(str(part) for part in item["loc"])])
        faults.append(Fault(code, f"{path or 'value'}: {item['msg']}.", node_id, path or None))
    return faults
