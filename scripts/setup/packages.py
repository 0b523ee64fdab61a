"""`pip install` in .venv, with the package that is on its way as progress. Knows nothing of which packages and why."""

from __future__ import annotations

from paths import ROOT, VENV_PYTHON
from shell import run


def pip(title: str, *arguments: object) -> None:
    command = [VENV_PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--progress-bar=off"]
    run(title, [*command, *(str(each) for each in arguments)], cwd=ROOT, progress=_package)


def _package(line: str) -> str | None:
    words = line.split()
    if words[:1] in (["Collecting"], ["Downloading"], ["Installing"], ["Building"]) and len(words) > 1:
        return f"{words[0].lower()} {words[1].rpartition('/')[2]}"
    return None
