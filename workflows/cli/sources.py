"""Where the command line finds definitions: files, and the files beside them that their nodes call."""

from __future__ import annotations

from pathlib import Path

from workflows.definition import Definition
from workflows.dsl import load
from workflows.dsl.text import MAX_BYTES
from workflows.errors import DefinitionError, Fault
from workflows.library import Library


def read_file(path: Path) -> bytes:
    """A file's bytes, as far as a definition may be large. Raises DefinitionError when it cannot be read."""
    try:
        if not path.is_file():
            reason = "It is no file." if path.exists() else "There is no such file."
            raise DefinitionError([Fault("file_unreadable", f"The file cannot be read: {reason}")])
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise DefinitionError([Fault("file_unreadable", f"The file cannot be read: {reason}.")]) from error


def library_beside(path: Path) -> Library:
    """Finds the workflows that a file's nodes call: `app` is a file's name, seen from the folder of the file. A version
    has no meaning here: a file is what it is now.
    """
    folder = path.resolve().parent

    def find(app: str, version: int | None) -> Definition | None:
        try:
            return load(read_file(folder / app))
        except DefinitionError:
            return None

    return find


def first_of(*libraries: Library) -> Library:
    """What the first library has that has it."""

    def find(app: str, version: int | None) -> Definition | None:
        found = (library(app, version) for library in libraries)
        return next((definition for definition in found if definition is not None), None)

    return find
