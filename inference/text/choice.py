"""One of a few options, word for word, as a tree of tokens: what a classifier says.

Each option is spelled in one way, the tokenizer's own; so the places where the model decides are few and known
beforehand, and what it thinks of every option can be told from them.
"""

from __future__ import annotations

from collections.abc import Mapping

from inference.errors import InferenceError

Path = tuple[int, ...]


class ChoiceTree:
    """`after[path]` are the tokens that may follow it. An option that begins another one ends with an end token."""

    def __init__(self, paths: Mapping[str, Path], eos_ids: list[int], vocab_size: int) -> None:
        """`paths`: option -> its tokens, at least one each."""
        self.eos_ids = eos_ids
        self._n_bytes = -(-vocab_size // 32) * 4
        self.after: dict[Path, dict[int, None]] = {(): {}}
        for path in paths.values():
            for at, token in enumerate(path):
                self.after.setdefault(path[:at], {})[token] = None
        self.options: dict[Path, str] = {}
        for option, path in paths.items():
            if path in self.after:
                self.after[path].update(dict.fromkeys(eos_ids))
            self.options[path] = option

    @property
    def branches(self) -> list[Path]:
        """Where the model decides: the places with more than one way to go on, the first ones first."""
        return [path for path, tokens in self.after.items() if len(tokens) > 1]

    def is_whole(self, path: Path) -> bool:
        """Nothing may follow; the end token that an option which begins another one needs is part of the path."""
        return path not in self.after

    def forced(self, path: Path) -> Path:
        """The tokens that must follow."""
        begun = len(path)
        while len(self.after.get(path, ())) == 1:
            path += tuple(self.after[path])
        return path[begun:]

    def mask(self, path: Path) -> bytes:
        bits = 0
        for token in self.after[path]:
            bits |= 1 << token
        return bits.to_bytes(self._n_bytes, "little")


class OneOf:
    """A Constraint: the way of one answer down the tree."""

    failure: InferenceError | None = None

    def __init__(self, tree: ChoiceTree, *, jump: bool, path: Path = ()) -> None:
        """`path` was said already."""
        self._tree = tree
        self._jump = jump
        self._path = path

    @property
    def ended(self) -> bool:
        return self._tree.is_whole(self._path)

    def begin(self) -> list[int]:
        return self._go_on()

    def allowed(self) -> bytes:
        return self._tree.mask(self._path)

    def take(self, token: int) -> list[int]:
        self._path += (token,)
        return self._go_on()

    def _go_on(self) -> list[int]:
        forced = self._tree.forced(self._path) if self._jump else ()
        self._path += forced
        return list(forced)
