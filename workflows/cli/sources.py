"""Where the command line finds definitions: files, and the files beside them that their nodes call."""

from __future__ import annotations

from pathlib import Path

from workflows.definition import Definition
from workflows.dsl import load
from workflows.errors import DefinitionError
from workflows.library import Library


def library_beside(path: Path) -> Library:
    """Finds the workflows that a file's nodes call: `app` is a file's name, seen from the folder of the file. A version
    has no meaning here: a file is what it is now.
    """
    folder = path.resolve().parent

    def find(app: str, version: int | None) -> Definition | None:
        try:
            return load((folder / app).read_bytes())
        except (OSError, ValueError, DefinitionError):
            return None

    return find


def first_of(*libraries: Library) -> Library:
    """What the first library has that has it."""

    def find(app: str, version: int | None) -> Definition | None:
        found = (library(app, version) for library in libraries)
        return next((definition for definition in found if definition is not None), None)

    return find
