"""What counts as a model on this machine, what is refused and why, and that nothing else is looked at."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from inference.errors import BadRequest, Conflict, NotFound
from inference.hub.removal import sweep
from inference.hub.shelf import ORIGIN, Shelf

Tiny = Callable[[str], tuple[Path, Any]]


@pytest.fixture
def root(tmp_path: Path, tiny: Tiny) -> Path:
    """An allowed folder with one good model, in two files of weights."""
    shutil.copytree(tiny("qwen2")[0], tmp_path / "root" / "mine")
    return tmp_path / "root"


def shelf_of(root: Path) -> Shelf:
    return Shelf(root.parent / "models", roots=[root])


def test_a_directory_below_an_allowed_root_is_registered_and_forgotten(root: Path) -> None:
    shelf = shelf_of(root)
    copy = shelf.register(str(root / "mine"))
    again = Shelf(shelf.folder).copies()
    shelf.remove(copy.key)

    assert (copy.key, copy.model_id, copy.directory, copy.problem) == ("local--mine", "mine", root / "mine", None)
    assert copy.inspected is not None
    assert copy.inspected.facts.family == "qwen2"
    assert copy.inspected.n_bytes == sum(path.stat().st_size for path in (root / "mine").glob("*.safetensors"))
    assert again == [copy]
    assert (shelf.copies(), (root / "mine" / "config.json").is_file()) == ([], True)


def test_two_directories_of_one_name_get_two_keys(root: Path) -> None:
    shutil.copytree(root / "mine", root / "other" / "mine")
    shelf = shelf_of(root)
    keys = [shelf.register(str(root / place)).key for place in ("mine", "other/mine")]

    assert keys == ["local--mine", "local--mine-2"]
    with pytest.raises(Conflict) as refused:
        shelf.register(str(root / "mine"))
    assert refused.value.code == "already_here"


@pytest.mark.parametrize("path", ["relative/mine", "", "/etc\0x"])
def test_a_path_that_is_none_is_refused(root: Path, path: str) -> None:
    with pytest.raises(BadRequest) as refused:
        shelf_of(root).register(path)
    assert refused.value.code == "path_invalid"


@pytest.mark.parametrize(
    "place", ["/etc", "/etc/passwd", "/nowhere/at/all", "{root}/../outside", "{root}/link", "{root}"]
)
def test_outside_the_roots_nothing_is_looked_at(root: Path, place: str) -> None:
    shutil.copytree(root / "mine", root.parent / "outside")
    (root / "link").symlink_to(root.parent / "outside")
    shelf = shelf_of(root)
    with pytest.raises(BadRequest) as refused:
        shelf.register(place.format(root=root))

    assert (refused.value.code, refused.value.param, shelf.copies()) == ("path_not_allowed", "path", [])


def spoil_json(directory: Path, name: str, **fields: Any) -> None:
    config = json.loads((directory / name).read_text())
    (directory / name).write_text(json.dumps(config | fields))


def cut(directory: Path) -> None:
    path = next(directory.glob("model-00002*.safetensors"))
    path.write_bytes(path.read_bytes()[:-1])


def scribble(directory: Path) -> None:
    next(directory.glob("model-00001*.safetensors")).write_bytes(b"secret words that are no weights")


def no_template(directory: Path) -> None:
    (directory / "chat_template.jinja").unlink(missing_ok=True)
    spoil_json(directory, "tokenizer_config.json", chat_template=None)


def index_of(directory: Path, text: str) -> None:
    (directory / "model.safetensors.index.json").write_text(text)


@pytest.mark.parametrize(
    ("spoil", "code", "words"),
    [
        (lambda path: shutil.rmtree(path), "path_missing", "is no directory on the model server."),
        (lambda path: (path / "config.json").unlink(), "not_a_model", "has no config.json"),
        (lambda path: (path / "config.json").write_text("secret"), "model_corrupt", "is not valid JSON"),
        (lambda path: spoil_json(path, "config.json", model_type="gemma"), "unsupported_model", "served are llama,"),
        (lambda path: next(path.glob("model-00001*")).unlink(), "weights_missing", "safetensors only"),
        (cut, "weights_missing", "get the whole file again."),
        (scribble, "model_corrupt", "is no safetensors file"),
        (lambda path: (path / "tokenizer.json").unlink(), "tokenizer_missing", "fast form"),
        (no_template, "template_missing", "choose the instruct form"),
        (lambda path: index_of(path, '{"metadata": {}}'), "model_corrupt", "files of its own directory"),
        (lambda path: index_of(path, '{"weight_map": {}}'), "model_corrupt", "files of its own directory"),
        (lambda path: index_of(path, '{"weight_map": {"a": 5}}'), "model_corrupt", "files of its own directory"),
        (
            lambda path: index_of(path, '{"weight_map": {"a": "../other/secret.safetensors"}}'),
            "model_corrupt",
            "files of its own directory",
        ),
        (lambda path: index_of(path, '{"weight_map": {"a": "/secret"}}'), "model_corrupt", "its own directory"),
        (lambda path: (path / "config.json").write_text("[" * 100_000), "model_corrupt", "(RecursionError)"),
        (lambda path: spoil_json(path, "config.json", hidden_size="x"), "model_corrupt", "get its files again."),
        (lambda path: spoil_json(path, "config.json", vocab_size=10**30), "model_corrupt", "describes no model"),
        (lambda path: spoil_json(path, "config.json", intermediate_size=0.5), "model_corrupt", "describes no model"),
        (lambda path: spoil_json(path, "config.json", num_hidden_layers=10**9), "unsupported_model", "1 to 1024"),
    ],
)
def test_a_directory_that_cannot_be_served_is_refused(
    root: Path, spoil: Callable[[Path], None], code: str, words: str
) -> None:
    spoil(root / "mine")
    shelf = shelf_of(root)
    with pytest.raises(BadRequest) as refused:
        shelf.register(str(root / "mine"))

    assert (refused.value.code, refused.value.param) == (code, "path")
    assert words in refused.value.message
    assert "secret" not in refused.value.message
    assert shelf.copies() == []


def test_a_directory_of_nonsense_does_not_hide_the_others(root: Path) -> None:
    shelf = shelf_of(root)
    for name in ("good", "nonsense"):
        shutil.copytree(root / "mine", shelf.folder / name)
    spoil_json(shelf.folder / "nonsense", "config.json", rope_parameters="x")

    told = [(copy.key, copy.problem.code if copy.problem else None) for copy in shelf.copies()]
    assert told == [("good", None), ("nonsense", "model_corrupt")]


def test_a_copy_that_breaks_later_is_listed_with_its_fault(root: Path) -> None:
    shelf = shelf_of(root)
    key = shelf.register(str(root / "mine")).key
    cut(root / "mine")
    problem = shelf.copy(key).problem

    assert problem is not None
    assert problem.code == "weights_missing"


def test_only_what_was_downloaded_is_deleted(root: Path) -> None:
    shelf = shelf_of(root)
    for name in ("Qwen--Tiny", "by-hand"):
        shutil.copytree(root / "mine", shelf.folder / name)
    (shelf.folder / "Qwen--Tiny" / ORIGIN).write_text(json.dumps({"id": "Qwen/Tiny", "licence": "Apache-2.0"}))
    ids = [copy.model_id for copy in shelf.copies()]
    shelf.remove("Qwen--Tiny")

    assert ids == ["Qwen/Tiny", "by-hand"]
    with pytest.raises(Conflict) as kept:
        shelf.remove("by-hand")
    assert kept.value.code == "not_downloaded"
    for key in ("Qwen--Tiny", "..", "nothing", "../root/mine", ".partial"):
        with pytest.raises(NotFound):
            shelf.remove(key)
    (shelf.folder / ".gone-earlier").mkdir()
    sweep(shelf.folder)
    assert [path.name for path in shelf.folder.iterdir()] == ["by-hand"]
