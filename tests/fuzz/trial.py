"""One trial: something hostile goes in, and only a definition or a DefinitionError may come out, in bounded time."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import yaml

from tests.fuzz.values import hostile, spoilt, spoilt_text
from workflows import DefinitionError, check, compile, dump, load, registry
from workflows.definition import read_document
from workflows.dsl import export_dify
from workflows.dsl.report import report
from workflows.testing import document, node

SECONDS = 5.0
"""More than any small text may take, on a machine that is busy with other things too."""

CASES = Path(__file__).parent.parent / "conformance" / "dify"


class Slow(AssertionError):
    """A trial that took too long."""


@contextmanager
def quick(seconds: float = SECONDS) -> Iterator[None]:
    """Raises Slow when the block takes longer."""
    began = time.process_time()
    yield
    took = time.process_time() - began
    if took > seconds:
        raise Slow(f"This took {took:.1f} s.")


def feed(source: str | bytes | dict[str, Any], *, seconds: float = SECONDS) -> str:
    """Everything that is done with a definition. Gives what became of it.

    What was read from a Dify file must come back from an export as it was; a document of our own may say more.
    """
    with quick(seconds):
        try:
            definition = load(source)
        except DefinitionError:
            return "refused"
        faults = check(definition)
        json.dumps(report(definition, faults=faults))
        text = dump(definition)
        assert load(text).document == definition.document, "Weft's own YAML says something else."
        exported = export_dify(definition).text
        if definition.dialect == "dify" and not _is_ours(source):
            assert load(exported).document == definition.document, "The exported file says something else."
        try:
            compile(definition)
        except DefinitionError:
            return "faulty"
        return "sound"


def _is_ours(source: str | bytes | dict[str, Any]) -> bool:
    return "weft" in source if isinstance(source, dict) else "weft:" in str(source)


def seeds() -> list[bytes]:
    """Sound files to spoil."""
    return [path.read_bytes() for path in sorted(CASES.glob("*.yml"))]


def trials(random: Random) -> Iterator[tuple[str, Any]]:
    """Endless trials, each with a name that tells what kind it is."""
    texts = seeds()
    values = [yaml.safe_load(text) for text in texts]
    own = [load(value).document for value in values if "app" in value or "nodes" in value]
    kinds = [kind.kind for kind in registry.kinds()]
    while True:
        yield "bytes", random.randbytes(random.randrange(200))
        yield "text", "".join(random.choices("ab:-?[]{}#&*!|>'\"%@` \n\t{{#}}0", k=random.randrange(120)))
        yield "yaml", yaml.dump({random.choice(("weft", "app", "nodes", "workflow")): hostile(random)}).encode()
        yield "spoilt text", spoilt_text(random, random.choice(texts))
        for _ in range(4):
            yield "spoilt dify", spoilt(random, random.choice(values), random.randrange(1, 5))
            yield "spoilt weft", spoilt(random, random.choice(own), random.randrange(1, 5))
            yield "config", _with_hostile_config(random, random.choice(kinds))


def _with_hostile_config(random: Random, kind: str) -> dict[str, Any]:
    """A document with one node of a kind whose config is spoilt."""
    found = registry.find(kind)
    assert found is not None
    config = found.fresh()
    fields = list(found.config.model_fields.values())
    for field, name in zip(fields, found.config.model_fields, strict=True):
        if random.random() < 0.3:
            config[field.alias or name] = hostile(random)
    spoiled = spoilt(random, config, random.randrange(3)) if config else config
    policy = {"policy": hostile(random)} if random.random() < 0.1 else {}
    nodes = [node("start"), {**node("x", kind, spoiled), **policy}, node("child", "answer", {"answer": "x"})]
    edges = ["start>x>child"] if random.random() < 0.7 else ["start>x:body>child"]
    return document(*nodes, edges=edges, mode=random.choice(("chat", "workflow")))


def again(document: dict[str, Any]) -> None:
    """A document in normal form stays as it is."""
    assert read_document(document).document == document
