"""Where things lie: in the source tree, and in a data directory. Knows paths, not what is in the files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True, slots=True)
class DataDir:
    """One installation's data: every path in it, by name."""

    path: Path

    @property
    def postgres(self) -> Path:
        return self.path / "postgres"

    @property
    def redis(self) -> Path:
        return self.path / "redis"

    @property
    def chroma(self) -> Path:
        return self.path / "chroma"

    @property
    def files(self) -> Path:
        return self.path / "files"

    @property
    def models(self) -> Path:
        """Language models that were downloaded: large, and nothing secret."""
        return self.path / "models"

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def run(self) -> Path:
        return self.path / "run"

    @property
    def state(self) -> Path:
        return self.run / "state.json"

    @property
    def lock(self) -> Path:
        return self.run / "up.lock"

    @property
    def secrets(self) -> Path:
        return self.path / "secrets.json"

    def log(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def make(self) -> None:
        """Create the folders. What holds data or secrets is for its owner alone."""
        self.path.mkdir(parents=True, exist_ok=True)
        for folder in (self.redis, self.chroma, self.files, self.logs, self.run):
            folder.mkdir(mode=0o700, exist_ok=True)
