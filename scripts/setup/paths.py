"""Where set-up reads and writes in the source tree. Knows paths only."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
STAMP = VENV / "weft-setup.json"
REQUIREMENTS = ROOT / "requirements"
FRONTEND = ROOT / "frontend"
LOG = ROOT / "setup.log"
