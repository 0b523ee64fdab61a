"""Hostile values, and ways to spoil what is sound. All of it is drawn from a seeded `random.Random`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from random import Random
from typing import Any

import yaml

DEEP: Any = []
for _ in range(150):
    DEEP = [DEEP]

HOSTILE: list[Any] = [
    None, True, False, 0, -1, 1, 10**30, -(10**30), 1e308, -1e308, 5e-324, 2**63, -(2**64),
    "", " ", "\n", "\t", "x" * 20_000, "é" * 3000, "\ud800", "\x00", "\ufeff", "\u2028", "yes", "null", "1e5", "0x1f",
    "{{#", "{{#a.b#}}" * 500, "{{#" * 2000, "{{##}}", "{{# . #}}", "{{#a#}}", "{{#start.start#}}", "{{#sys.nothing#}}",
    "{{" * 2000, "{% for a in range(10**9) %}{% endfor %}", "{{ 'a' * 10**9 }}", "{{ [].__class__.__mro__ }}",
    "(a+)+$", "((((((((((a*)*)*)*)*)*)*)*)*)*", "[" * 500, "%s%n%x" * 50, "../etc/passwd", "a.b", "a b",
    "def main(): return " + "(" * 300 + ")" * 300, "def main(**k): return {}", "import os", "* * * * *", "99 9 9 9 9",
    [], [None], [[]], [0], [""], ["a"], ["a", "b"], ["start", "q"], ["sys", "query"], ["a", None, {}], ["a"] * 99, DEEP,
    {}, {"": ""}, {"a": None}, {"type": "object"}, {"type": {"type": []}}, {"enabled": True}, {"value": {"value": {}}},
    {"$ref": "#"}, {"pattern": "(a+)+$"}, {str(i): i for i in range(300)},
]  # fmt: skip


def hostile(random: Random) -> Any:
    """One hostile value, now and then wrapped so that it passes a first look."""
    value = random.choice(HOSTILE)
    roll = random.random()
    if roll < 0.1:
        return [value, random.choice(HOSTILE)]
    if roll < 0.2:
        key = random.choice(("enabled", "type", "value", "data", "config", "id", "name", "conditions", "items"))
        return {key: value, "enabled": True}
    return deepcopy(value) if isinstance(value, (dict, list)) else value


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths to everything inside a value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*path, key)
        yield from places(item, (*path, key))


def spoilt(random: Random, value: Any, times: int = 1) -> Any:
    """A copy with something replaced, removed, doubled or renamed in a few places."""
    result = deepcopy(value)
    for _ in range(times):
        found = list(places(result))
        if not found:
            return result
        *way, last = random.choice(found)
        parent = result
        for step in way:
            parent = parent[step]
        _spoil(random, parent, last)
    return result


def _spoil(random: Random, parent: Any, last: Any) -> None:
    roll = random.random()
    if roll < 0.6:
        parent[last] = hostile(random)
    elif roll < 0.75:
        del parent[last]
    elif isinstance(parent, list):
        parent.insert(random.randrange(len(parent) + 1), deepcopy(parent[last]))
    else:
        parent[random.choice(("type", "id", "data", "parentId", "value", "kind", "handle", "x"))] = parent.pop(last)


def spoilt_text(random: Random, text: bytes) -> bytes:
    """Bytes with pieces cut out, doubled, or replaced by junk."""
    data = bytearray(text)
    for _ in range(random.randrange(1, 6)):
        at = random.randrange(len(data) + 1)
        match random.randrange(6):
            case 0:
                del data[at:]
            case 1:
                del data[at : at + random.randrange(1, 200)]
            case 2:
                data[at:at] = random.randbytes(random.randrange(1, 8))
            case 3:
                data[at:at] = random.choice(JUNK)
            case 4:
                data[at:at] = data[at : at + random.randrange(1, 400)]
            case _:
                if at < len(data):
                    data[at] = random.randrange(256)
    return bytes(data)


JUNK = [
    b"\t", b"\r", b"\n", b"  ", b": ", b"- ", b"? ", b"*a ", b"&a ", b"<<: ", b"!!python/object:os.system ", b"|", b">",
    b"{", b"}", b"[", b"]", b"'", b'"', b"#", b"%", b"---\n", b"...\n", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"0x",
    b"1e999", b".inf", b".nan", b"{{#", b"#}}", b"yes", b"~", b"!!binary ", b"!!set ", b"\xe2\x80\xa8", b"\\ud800",
]  # fmt: skip


def bombs() -> dict[str, bytes]:
    """Texts that are small and stand for much, or are slow to read for careless readers."""
    laughs = ["a0: &a0 [x,x,x,x,x,x,x,x,x,x]"]
    laughs += [f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 12)]
    merges = ["m0: &m0 {x: 1}", *(f"m{i}: &m{i} {{<<: [*m{i - 1}, *m{i - 1}], k{i}: 1}}" for i in range(1, 2000))]
    wide = {"weft": 1, "app": {"mode": "workflow"}, "nodes": [{"id": f"n{i}", "kind": "end"} for i in range(3000)]}
    edges = [{"id": str(i), "source": "a", "target": "b"} for i in range(1000)]
    chain = [{"id": f"n{i}", "kind": "iteration", "parent": f"n{i - 1}" if i else None} for i in range(300)]
    dify = {"app": {"mode": "workflow"}, "kind": "app"}
    same = {**dify, "workflow": {"graph": {"nodes": [{"id": "a", "data": {"type": "end"}}] * 300, "edges": edges}}}
    ring = [{"id": f"c{i}", "data": {"type": "loop"}, "parentId": f"c{(i + 1) % 300}"} for i in range(300)]
    odd = [{"id": f"a.{i}", "data": {"type": "answer", "answer": f"{{{{#a.{i}.x#}}}}" * 20}} for i in range(200)]
    return {
        "laughs": "\n".join(laughs).encode(),
        "merges": "\n".join(merges).encode(),
        "brackets": b"[" * 1_000_000,
        "braces": b"{a: " * 200_000,
        "dashes": b"- " * 500_000,
        "questions": b"? " * 200_000,
        "tags": b"!a " * 200_000,
        "anchors": b"".join(b"- &a%d x\n" % i for i in range(100_000)),
        "quotes": b"'" * 1_000_000,
        "one long line": b"a: " + b"x" * 5_000_000,
        "long number": b"a: 0x" + b"f" * 1_000_000,
        "many keys": b"".join(b"k%d: 1\n" % i for i in range(200_000)),
        "many documents": b"---\n" * 200_000,
        "json depth": b'{"a":' * 100_000,
        "json numbers": b"[" + b"1," * 2_000_000 + b"1]",
        "comments": b"#\n" * 1_000_000,
        "indent": b"".join(b" " * i + b"a:\n" for i in range(2000)),
        "many nodes": json.dumps(wide).encode(),
        "many edges": json.dumps({**wide, "nodes": [], "edges": edges}).encode(),
        "containers in containers": json.dumps({**wide, "nodes": chain}).encode(),
        "one id for all": json.dumps(same).encode(),
        "containers in a ring": json.dumps({**dify, "workflow": {"graph": {"nodes": ring, "edges": []}}}).encode(),
        "odd ids": yaml.dump({**dify, "workflow": {"graph": {"nodes": odd, "edges": []}}}).encode(),
    }
