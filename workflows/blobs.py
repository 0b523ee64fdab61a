"""Large values, kept once apart from the log: events carry a reference and a preview in their place.

Knows which parts of events hold values; knows nothing of where blobs are stored. The engine itself always works on
the real values: they are lifted out when events go to the journal, and put back when a log is read to go on from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

import msgspec

from workflows import events as ev
from workflows.errors import BlobError
from workflows.ports import Blobs
from workflows.values import MISSING

LIMIT_BYTES = 256 * 1024
MARK = "$blob"

_PREVIEW = 500
_SHORT = LIMIT_BYTES // 6 - 1  # a text with fewer characters is never too long: JSON writes one in six bytes at most
_SCALARS = frozenset((int, float, bool, type(None)))

_encoder = msgspec.json.Encoder()

# Fields that are objects whose values may be large, and fields that are one value.
_OBJECTS: dict[type[Any], tuple[str, ...]] = {
    ev.RunStarted: ("inputs", "conversation"),
    ev.NodeFinished: ("outputs", "inputs"),
    ev.NodeFailed: ("outputs", "inputs"),
    ev.ContainerStarted: ("inputs",),
    ev.FrameStarted: ("inputs",),
    ev.RunFinished: ("outputs",),
    ev.RunFailed: ("outputs",),
    ev.RunStopped: ("outputs",),
}
_VALUES: dict[type[Any], tuple[str, ...]] = {
    ev.NodeStep: ("input", "output"),
    ev.FrameFinished: ("output",),
}
_WITHOUT_VALUES = frozenset(ev.EVENT_TYPES) - {*_OBJECTS, *_VALUES, ev.NodeResumed}
_NOT_NEEDED = {ev.NodeFinished: ("inputs",), ev.NodeFailed: ("inputs",), ev.NodeStep: ("input",)}


def is_reference(value: Any) -> bool:
    """True for what stands in an event in place of a large value."""
    return type(value) is dict and isinstance(value.get(MARK), str)


class BlobWriter:
    """Lifts large values out of one run's events. A value is encoded and stored once, however many nodes pass it on."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        # By identity. The value is kept beside its reference, so that no other object can get its identity.
        self._known: dict[int, tuple[Any, dict[str, Any]]] = {}

    async def lift(self, events: Sequence[ev.Event]) -> Sequence[ev.Event]:
        """The events as they are to be stored; the same objects where nothing is large."""
        lifted: list[ev.Event] | None = None
        for i, event in enumerate(events):
            kind = type(event)
            if kind in _WITHOUT_VALUES or (kind is ev.NodeFinished and _is_slight(event)):
                continue
            places = _large(event)
            if places:
                lifted = lifted or list(events)
                lifted[i] = _with(event, {id(value): await self._reference(value) for value in places})
        return lifted or events

    async def _reference(self, value: Any) -> dict[str, Any]:
        known = self._known.get(id(value))
        if known is not None:
            return known[1]
        data = _encoder.encode(value)
        blob_id = await self._blobs.put(data)
        text = value if isinstance(value, str) else data[: _PREVIEW * 4].decode("utf-8", errors="ignore")
        reference = {MARK: blob_id, "bytes": len(data), "type": type_name(value), "preview": text[:_PREVIEW]}
        self._known[id(value)] = (value, reference)
        return reference


def _is_slight(event: Any) -> bool:
    """Whether a finished node has nothing but short texts and scalars: true of most, and asked of every one."""
    for value in event.outputs.values():
        kind = type(value)
        if kind is str:
            if len(value) >= _SHORT:
                return False
        elif kind not in _SCALARS:
            return False
    for value in event.inputs.values():
        kind = type(value)
        if kind is str:
            if len(value) >= _SHORT:
                return False
        elif kind not in _SCALARS:
            return False
    return not event.writes


def _is_large(value: Any) -> bool:
    kind = type(value)
    if kind in _SCALARS or not value or (kind is str and len(value) < _SHORT):
        return False
    if kind is dict and MARK in value:
        # Data that looks like a reference goes apart too, so that none in a log was ever made by anybody else.
        return True
    try:
        return len(_encoder.encode(value)) > LIMIT_BYTES
    except (TypeError, ValueError, RecursionError):
        return False  # The journal says what is wrong with a value that is no JSON.


def _large(event: ev.Event) -> list[Any]:
    found: list[Any] = []
    kind = type(event)
    for name in _OBJECTS.get(kind, ()):
        found += [value for value in getattr(event, name).values() if _is_large(value)]
    for name in _VALUES.get(kind, ()):
        value = getattr(event, name)
        if _is_large(value):
            found.append(value)
    if kind is ev.NodeFinished:
        found += [write.value for write in cast(ev.NodeFinished, event).writes if _is_large(write.value)]
    elif kind is ev.NodeResumed:
        data = cast(ev.NodeResumed, event).signal.get("data")
        if _is_large(data):
            found.append(data)
    return found


def _with(event: ev.Event, found: Mapping[int, Any], *, skip: Sequence[str] = ()) -> ev.Event:
    """The event with every value whose identity is in `found` replaced."""
    changes: dict[str, Any] = {}
    kind = type(event)
    for name in _OBJECTS.get(kind, ()):
        values = getattr(event, name)
        if name not in skip and any(id(value) in found for value in values.values()):
            changes[name] = {key: found.get(id(value), value) for key, value in values.items()}
    for name in _VALUES.get(kind, ()):
        value = getattr(event, name)
        if name not in skip and id(value) in found:
            changes[name] = found[id(value)]
    if isinstance(event, ev.NodeFinished) and any(id(write.value) in found for write in event.writes):
        changes["writes"] = [
            msgspec.structs.replace(write, value=found.get(id(write.value), write.value)) for write in event.writes
        ]
    if isinstance(event, ev.NodeResumed) and id(event.signal.get("data")) in found:
        changes["signal"] = {**event.signal, "data": found[id(event.signal["data"])]}
    return msgspec.structs.replace(event, **changes) if changes else event


def type_name(value: Any) -> str:
    """What kind of value a reference or a preview stands for."""
    if isinstance(value, str):
        return "string"
    return "object" if isinstance(value, dict) else "array" if isinstance(value, (list, tuple)) else "any"


class BlobReader:
    """Puts large values back. Each is fetched once, and is one object wherever it stands."""

    def __init__(self, blobs: Blobs | None) -> None:
        self._blobs = blobs
        self._known: dict[str, Any] = {}

    async def hydrate(self, history: Sequence[ev.Event]) -> list[ev.Event]:
        """A log to go on from: with the values that later nodes may read. Raises BlobError when one is gone."""
        whole = []
        for event in history:
            skip = _NOT_NEEDED.get(type(event), ())
            references = [value for value in _values(event, skip) if is_reference(value)]
            if references:
                found = {id(reference): await self.value(reference) for reference in references}
                event = _with(event, found, skip=skip)
            whole.append(event)
        return whole

    async def restore(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Outputs or inputs out of a log with their large values put back, for showing or handing on."""
        return {key: await self.value(value) if is_reference(value) else value for key, value in values.items()}

    async def value(self, reference: Mapping[str, Any]) -> Any:
        """The value that a reference stands for. Raises BlobError when it is gone."""
        blob_id = str(reference[MARK])
        known = self._known.get(blob_id, MISSING)
        if known is MISSING:
            known = self._known[blob_id] = msgspec.json.decode(await self._fetch(blob_id))
        return known

    async def _fetch(self, blob_id: str) -> bytes:
        if self._blobs is None:
            message = "The run's log keeps large values apart, and the run was started without the port 'blobs'."
            raise BlobError("port_missing", message, field="blobs")
        try:
            return await self._blobs.get(blob_id)
        except KeyError as error:
            message = f"The large value {blob_id[:80]!r} of the run's log is gone from where it was stored."
            raise BlobError("blob_missing", message) from error


def _values(event: ev.Event, skip: Sequence[str]) -> Iterable[Any]:
    kind = type(event)
    for name in _OBJECTS.get(kind, ()):
        if name not in skip:
            yield from getattr(event, name).values()
    for name in _VALUES.get(kind, ()):
        if name not in skip:
            yield getattr(event, name)
    if isinstance(event, ev.NodeFinished):
        yield from (write.value for write in event.writes)
    elif isinstance(event, ev.NodeResumed):
        yield event.signal.get("data")
