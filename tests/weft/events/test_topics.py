"""Facts for whoever watches now."""

import json
from typing import Any, cast

import pytest

from weft.events import connection, keys, topics
from weft.events.entry import parse


@pytest.fixture(autouse=True)
def _clean(clean_redis: str) -> None:
    """Every test begins with an empty Redis."""


def _stored(topic: str) -> list[tuple[int, dict[str, Any]]]:
    items = cast(list[Any], connection.client().xrange(keys.topic(topic)))
    return [(entry.seq, json.loads(entry.data)) for entry in parse(items)]


def test_facts_get_growing_cursors() -> None:
    first = topics.publish("dataset:1", {"type": "document", "name": "甲"})
    second = topics.publish("dataset:1", {"type": "document", "name": "b"})

    assert second > first
    assert _stored("dataset:1") == [
        (first, {"type": "document", "name": "甲"}),
        (second, {"type": "document", "name": "b"}),
    ]


def test_cursors_grow_also_after_a_topic_has_gone() -> None:
    first = topics.publish("t", {"n": 1})
    connection.client().delete(keys.topic("t"))

    assert topics.publish("t", {"n": 2}) >= first


def test_a_topic_is_bounded() -> None:
    for n in range(3 * topics.KEEP):
        topics.publish("t", {"n": n})

    assert cast(int, connection.client().xlen(keys.topic("t"))) < 2 * topics.KEEP
