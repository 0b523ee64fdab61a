"""`make lock`: write requirements/lock.txt and dev-lock.txt from what is installed and named in base.in and dev.in.

Resolves nothing: install first, try, then lock. PyTorch is left out, because its build depends on the machine.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

REQUIREMENTS = Path(__file__).resolve().parents[1] / "requirements"
NOT_LOCKED = {"torch", "triton", "pip", "setuptools"}


def closure(roots: Iterable[str]) -> dict[str, str]:
    """Name -> version of everything that `roots` need on this machine, themselves included."""
    found: dict[str, str] = {}
    waiting, seen = [Requirement(root) for root in roots], set()
    while waiting:
        need = waiting.pop()
        key = (canonicalize_name(need.name), frozenset(need.extras))
        if key in seen:
            continue
        seen.add(key)
        distribution = metadata.distribution(need.name)
        found[key[0]] = distribution.version
        for each in map(Requirement, distribution.requires or ()):
            extras = ("", *need.extras)
            if each.marker is None or any(each.marker.evaluate({"extra": extra}) for extra in extras):
                waiting.append(each)
    return {name: version for name, version in found.items() if name not in NOT_LOCKED}


def roots(name: str) -> list[str]:
    lines = (REQUIREMENTS / name).read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def write(name: str, source: str, packages: dict[str, str]) -> None:
    head = f"# Made by `make lock`. Edit {source}, not this file.\n"
    (REQUIREMENTS / name).write_text(head + "".join(f"{each}=={packages[each]}\n" for each in sorted(packages)))


def main() -> None:
    base = closure(roots("base.in"))
    dev = closure(roots("dev.in"))
    write("lock.txt", "base.in", base)
    write("dev-lock.txt", "dev.in", {name: version for name, version in dev.items() if name not in base})


if __name__ == "__main__":
    main()
