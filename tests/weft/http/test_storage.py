from __future__ import annotations

from pathlib import Path

import pytest
from pytest_django import Settings

from weft.http import storage
from weft.http.errors import WeftError


@pytest.fixture(autouse=True)
def files(settings: Settings, tmp_path: Path) -> Path:
    settings.FILES_DIR = tmp_path
    return tmp_path


def test_the_same_bytes_are_one_file(files: Path) -> None:
    first = storage.save("room", [b"ab", b"c"], name="a.txt", max_bytes=10)
    second = storage.save("room", [b"abc"], name="b.txt", max_bytes=10)

    assert first == second
    assert (first.size_bytes, storage.locate(first.path).read_bytes()) == (3, b"abc")
    assert [path for path in files.rglob("*") if path.is_file()] == [storage.locate(first.path)]
    storage.delete(first.path)
    storage.delete(first.path)
    assert [path for path in files.rglob("*") if path.is_file()] == []


def test_too_much_leaves_nothing_behind(files: Path) -> None:
    taken: list[int] = []

    def parts() -> object:
        for number in range(1000):
            taken.append(number)
            yield b"x" * 10

    with pytest.raises(WeftError) as refusal:
        storage.save("room", parts(), name="big.bin", max_bytes=95)  # type: ignore[arg-type]

    assert (refusal.value.code, refusal.value.status, len(taken)) == ("upload_too_large", 413, 10)
    assert [path for path in files.rglob("*") if path.is_file()] == []


def test_a_path_cannot_leave_the_folder() -> None:
    with pytest.raises(ValueError, match="outside"):
        storage.locate("../secrets.json")
