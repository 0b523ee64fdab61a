"""One of a few options, word for word, as a tree of tokens: what a classifier says.

Each option is spelled in one way, the tokenizer's own; so the places where the model decides are few and known
beforehand, and what it thinks of every option can be told from them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter

from inference.errors import InferenceError

Path = tuple[int, ...]


@dataclass(eq=False, slots=True)
class Place:
    """Where options part, or where one ends that goes on as no other."""

    path: Path
    """All tokens up to here."""
    option: str | None
    """The one that ends here, if any does."""
    ways: dict[int, Place | None] = field(default_factory=dict)
    """The tokens that may follow, and where each leads; an end token, where one option begins another, to None."""


class ChoiceTree:
    """Kept as places only, so that options may be long: what lies between two places is certain."""

    def __init__(self, paths: Mapping[str, Path], eos_ids: list[int], vocab_size: int) -> None:
        """`paths`: option -> its tokens, at least one each; of options with the same tokens the first counts."""
        self._n_bytes = -(-vocab_size // 32) * 4
        self.options: dict[Path, str] = {}
        for option, path in paths.items():
            self.options.setdefault(path, option)
        self.longest = max(map(len, self.options))
        self.places: list[Place] = []
        """The first is the beginning; each comes after the one that leads to it."""
        waiting = [self._place(sorted(self.options), 0, eos_ids)]
        while waiting:
            place, others = waiting.pop()
            at = len(place.path)
            for token, group in groupby(others, key=itemgetter(at)):
                following = self._place(list(group), at + 1, eos_ids)
                place.ways[token] = following[0]
                waiting.append(following)

    def _place(self, paths: list[Path], at: int, eos_ids: list[int]) -> tuple[Place, list[Path]]:
        """The place up to which `paths`, which are sorted and share `at` tokens, agree; and those that go on."""
        first, last = paths[0], paths[-1]
        while at < len(first) and first[at] == last[at]:
            at += 1
        ends = at == len(first)
        place = Place(first[:at], self.options[first] if ends else None)
        others = paths[1:] if ends else paths
        if ends and others:
            place.ways.update(dict.fromkeys(eos_ids))
        self.places.append(place)
        return place, others

    @property
    def forks(self) -> list[Place]:
        """Where the model decides."""
        return [place for place in self.places if place.ways]

    def mask(self, tokens: Mapping[int, object]) -> bytes:
        bits = 0
        for token in tokens:
            bits |= 1 << token
        return bits.to_bytes(self._n_bytes, "little")


class OneOf:
    """A Constraint: the way of one answer down the tree."""

    failure: InferenceError | None = None

    def __init__(self, tree: ChoiceTree, *, jump: bool, at: Place | None = None) -> None:
        """Everything up to the place `at` was said already."""
        self._tree = tree
        self._jump = jump
        self._place = at if at is not None else tree.places[0]
        self._n_said = len(at.path) if at is not None else 0
        self._over = False

    @property
    def ended(self) -> bool:
        return self._over or (self._arrived and not self._place.ways)

    def begin(self) -> list[int]:
        return self._go_on()

    def allowed(self) -> bytes:
        place = self._place
        return self._tree.mask(place.ways if self._arrived else {place.path[self._n_said]: None})

    def take(self, token: int) -> list[int]:
        if self._arrived:
            following = self._place.ways[token]
            self._over = following is None
            self._place = following or self._place
        self._n_said += 1
        return self._go_on()

    @property
    def _arrived(self) -> bool:
        return self._n_said == len(self._place.path)

    def _go_on(self) -> list[int]:
        if not self._jump or self._over:
            return []
        forced = self._place.path[self._n_said :]
        self._n_said += len(forced)
        return list(forced)
