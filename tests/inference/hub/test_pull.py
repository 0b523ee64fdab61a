"""A model from a hub: what is asked for, what a bad network, a bad mirror and a full disk do to it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import constants

from inference.errors import Conflict, InferenceError, ModelLoadError
from inference.hub import fetch, plan, remote
from inference.hub.pull import Progress, pull
from inference.hub.shelf import ORIGIN, Shelf
from tests.inference.hub.fake_hub import COMMIT, KEY, MODEL, FakeHub, hub_of

Tiny = Callable[[str], tuple[Path, Any]]
FIRST, SECOND = "model-00001-of-00007.safetensors", "model-00002-of-00007.safetensors"


@pytest.fixture
def hub(tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(fetch, "FIRST_PAUSE_S", 0.001)
    monkeypatch.delenv("HF_TOKEN", raising=False)
    unwanted = {"pytorch_model.bin": b"no", "consolidated.safetensors": b"no", "README.md": b"no", "model.gguf": b"no"}
    with hub_of(tiny("qwen2")[0], **unwanted) as found:
        yield found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Shelf(tmp_path / "models").folder


def get(hub: FakeHub, folder: Path, told: list[Progress] | None = None, *, free: int = 1 << 40) -> Path:
    tell = told.append if told is not None else lambda progress: None
    return pull(MODEL, folder, endpoint=hub.url, tell=tell, free_bytes=lambda path: free)


def refusal(hub: FakeHub, folder: Path, **options: Any) -> InferenceError:
    with pytest.raises(InferenceError) as refused:
        get(hub, folder, **options)
    assert not (folder / KEY).exists()
    return refused.value


def partial(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_size for path in (folder / plan.PARTIAL / KEY).glob("model-0*")}


def test_what_is_needed_arrives_checked_and_can_be_served(hub: FakeHub, folder: Path, tiny: Tiny) -> None:
    told: list[Progress] = []
    place = get(hub, folder, told)
    copy = Shelf(folder).copy(KEY)

    theirs = {path.name: path.read_bytes() for path in tiny("qwen2")[0].iterdir()}
    mine = {path.name: path.read_bytes() for path in place.iterdir()}
    origin = json.loads(mine.pop(ORIGIN))
    assert mine == theirs
    assert (copy.model_id, copy.problem, copy.origin) == (MODEL, None, origin)
    assert (origin["revision"], origin["licence"], origin["gated"]) == (COMMIT, "apache-2.0", False)
    assert (told[-1].phase, told[-1].done_bytes, told[-1].total_bytes) == (
        "verifying",
        sum(map(len, theirs.values())),
        sum(map(len, theirs.values())),
    )
    assert list((folder / plan.PARTIAL).iterdir()) == []


def test_a_connection_that_breaks_is_taken_up_where_it_broke(hub: FakeHub, folder: Path) -> None:
    hub.cuts = {FIRST: [3000, 2500]}
    get(hub, folder)
    assert hub.ranges[FIRST] == [None, "bytes=3000-", "bytes=5500-"]


def test_a_later_attempt_goes_on_from_the_byte_reached(hub: FakeHub, folder: Path) -> None:
    hub.cuts = {SECOND: [4000] + [0] * fetch.ATTEMPTS}
    lost = refusal(hub, folder)
    kept = partial(folder)
    asked = len(hub.ranges[SECOND])
    get(hub, folder)

    assert lost.code == "hub_unreachable"
    assert kept == {FIRST: len(hub.files[FIRST]), f"{SECOND}.part": 4000}
    assert (len(hub.ranges[FIRST]), hub.ranges[SECOND][asked:]) == (1, ["bytes=4000-"])


def test_a_mirror_without_ranges_is_asked_for_the_whole_file(hub: FakeHub, folder: Path, tiny: Tiny) -> None:
    hub.cuts, hub.whole = {FIRST: [3000]}, True
    place = get(hub, folder)
    assert (place / FIRST).read_bytes() == hub.files[FIRST]


@pytest.mark.parametrize("name", [FIRST, "tokenizer.json"])
def test_a_wrong_checksum_is_told_and_the_file_comes_anew(hub: FakeHub, folder: Path, name: str) -> None:
    hub.wrong = {name}
    wrong = refusal(hub, folder)
    kept = (folder / plan.PARTIAL / KEY / f"{name}.part").exists()
    hub.wrong = set()
    place = get(hub, folder)

    assert (wrong.code, name in wrong.message, kept) == ("checksum_wrong", True, False)
    assert (place / name).read_bytes() == hub.files[name]


def test_a_disk_that_is_too_small_is_told_before_anything_comes(hub: FakeHub, folder: Path) -> None:
    short = refusal(hub, folder, free=plan.SPARE_BYTES + 10)
    assert (short.code, hub.ranges) == ("disk_short", {})


def test_a_disk_that_fills_up_meanwhile_ends_the_download(
    hub: FakeHub, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "_LOOK_EVERY_BYTES", 4000)
    room = iter([1 << 40, 1 << 40, plan.SPARE_BYTES - 1])
    with pytest.raises(InferenceError) as refused:
        pull(MODEL, folder, endpoint=hub.url, tell=lambda progress: None, free_bytes=lambda path: next(room))

    assert refused.value.code == "disk_short"
    get(hub, folder)


def test_a_gated_model_needs_a_token_which_no_other_host_sees(
    hub: FakeHub, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.token = "hf_right"
    without = refusal(hub, folder)
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    wrong = refusal(hub, folder)
    monkeypatch.setenv("HF_TOKEN", "hf_right")
    get(hub, folder)

    assert (without.code, wrong.code) == ("hub_gated", "hub_gated")
    assert "accept its terms" in without.message
    assert set(hub.elsewhere) == {None}


@pytest.mark.parametrize(
    ("status", "code"),
    [(401, "hub_gated"), (403, "hub_gated"), (404, "hub_not_found"), (418, "hub_refused"), (500, "hub_unreachable")],
)
def test_a_hub_that_refuses_is_told(hub: FakeHub, folder: Path, status: int, code: str) -> None:
    hub.status = status
    assert refusal(hub, folder).code == code


@pytest.mark.parametrize(
    "page", [b"<html>Welcome to our hotel!</html>", b"[1]", b"{}", b'{"id": "a/b", "siblings": 1}']
)
def test_what_answers_and_is_no_hub_is_told(hub: FakeHub, folder: Path, page: bytes) -> None:
    hub.page = page
    told = refusal(hub, folder)
    assert (told.code, "log in to the network" in told.message) == ("hub_refused", True)


def test_a_refusal_of_any_length_is_not_read(hub: FakeHub, folder: Path) -> None:
    hub.pours = True
    told = refusal(hub, folder)
    assert (told.code, len(hub.poured)) == ("hub_unreachable", fetch.ATTEMPTS)
    assert max(hub.poured) < 128 << 20


def test_what_comes_packed_is_refused_and_never_unpacked(hub: FakeHub, folder: Path) -> None:
    hub.packed = True
    told = refusal(hub, folder)
    assert (told.code, ".json, unasked" in told.message) == ("hub_refused", True)


def test_a_description_of_gigabytes_is_refused(hub: FakeHub, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "MAX_WORDS_BYTES", len(hub.files["tokenizer.json"]) - 1)
    told = refusal(hub, folder)
    assert (told.code, "tokenizer.json" in told.message, hub.ranges) == ("unsupported_model", True, {})


def test_files_whose_plan_is_lost_are_not_taken_for_those_of_another(hub: FakeHub, folder: Path) -> None:
    hub.cuts = {SECOND: [0] * fetch.ATTEMPTS}
    refusal(hub, folder)
    (folder / plan.PARTIAL / KEY / plan.PLAN).write_text("")
    (folder / plan.PARTIAL / KEY / FIRST).write_bytes(b"of another commit")
    place = get(hub, folder)

    assert (place / FIRST).read_bytes() == hub.files[FIRST]


@pytest.mark.parametrize("last", ["rename", "unlink"])
def test_who_is_killed_at_the_very_end_loses_nothing(
    hub: FakeHub, folder: Path, monkeypatch: pytest.MonkeyPatch, last: str
) -> None:
    act = getattr(Path, last)

    def dying(path: Path, *given: Any, **named: Any) -> Any:
        if path.name == KEY or (last == "unlink" and path.parent.name == KEY):
            raise KeyboardInterrupt
        return act(path, *given, **named)

    with monkeypatch.context() as patched:
        patched.setattr(Path, last, dying)
        with pytest.raises(KeyboardInterrupt):
            get(hub, folder)
    asked = {name: len(ranges) for name, ranges in hub.ranges.items()}
    if last == "rename":
        get(hub, folder)

    copy = Shelf(folder).copy(KEY)
    assert (copy.problem, copy.model_id, list((folder / plan.PARTIAL).iterdir())) == (None, MODEL, [])
    assert {name: len(ranges) for name, ranges in hub.ranges.items()} == asked


def test_a_hub_that_is_not_there_is_told(folder: Path, hub: FakeHub) -> None:
    hub.url = "http://127.0.0.1:1"
    assert refusal(hub, folder).code == "hub_unreachable"


def test_a_model_that_could_not_be_served_is_told_before_its_weights_come(hub: FakeHub, folder: Path) -> None:
    config = json.loads(hub.files["config.json"])
    hub.files["config.json"] = json.dumps(config | {"model_type": "gemma"}).encode()
    with pytest.raises(ModelLoadError) as refused:
        get(hub, folder)

    assert refused.value.code == "unsupported_model"
    assert (hub.ranges.get(FIRST), (folder / KEY).exists()) == (None, False)


@pytest.mark.parametrize(
    ("gone", "code"),
    [
        ("config.json", "unsupported_model"),
        ("tokenizer.json", "tokenizer_missing"),
        (".safetensors", "weights_missing"),
    ],
)
def test_a_repository_that_lacks_something_is_refused_at_once(hub: FakeHub, folder: Path, gone: str, code: str) -> None:
    hub.files = {name: data for name, data in hub.files.items() if not name.endswith(gone)}
    assert (refusal(hub, folder).code, hub.ranges) == (code, {})


def test_what_is_here_is_not_downloaded_again(hub: FakeHub, folder: Path) -> None:
    get(hub, folder)
    with pytest.raises(Conflict) as refused:
        get(hub, folder)
    assert refused.value.code == "already_here"


@pytest.mark.parametrize("model_id", ["Qwen3", "../etc/passwd", "a/b/c", "a--b/c", "-a/b", "a/..", ""])
def test_what_is_no_id_never_becomes_a_path(hub: FakeHub, folder: Path, model_id: str) -> None:
    with pytest.raises(InferenceError) as refused:
        pull(model_id, folder, endpoint=hub.url, tell=lambda progress: None)
    assert (refused.value.code, list(folder.iterdir())) == ("hub_id_invalid", [])
