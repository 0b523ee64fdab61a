"""A short walk of the fuzz suite with fixed seeds; `make fuzz` goes on for as long as one likes."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from random import Random

import pytest

from tests.fuzz.trial import feed, trials
from tests.fuzz.values import bombs
from workflows.cli.checking import check_file

BOMBS = bombs()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_junk_gives_faults_and_nothing_else(seed: int) -> None:
    for _, trial in islice(trials(Random(seed)), 100):
        feed(trial)


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_does_not_go_off(name: str) -> None:
    feed(BOMBS[name], seconds=20)


@pytest.mark.parametrize(
    "content", [b"", b"\x00", b"\xff\xfe\x00\xd8", bytes(range(256)), "é".encode("utf-16"), b"\xef\xbb\xbf"]
)
def test_any_bytes_are_checked(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.yml"
    path.write_bytes(content)

    report = check_file(path)

    assert (report["loads"], report["nodes"], report["unsupported"]) == (False, 0, [])
    assert [issue["code"] for issue in report["issues"]] in (["file_unreadable"], ["format_unknown"])


def test_what_is_no_file_is_checked(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing.yml", tmp_path / ("x" * 300)):
        report = check_file(path)

        assert report["loads"] is False
        assert [issue["code"] for issue in report["issues"]] == ["file_unreadable"]
