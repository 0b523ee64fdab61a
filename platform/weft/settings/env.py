"""Everything Weft reads from its environment, typed, in one place.

What the environment leaves out comes from the state that a running `manage.py up` wrote into the data directory, so
that a command started beside it (`seed_demo`, `migrate`, `shell`) finds the same services. Knows nothing of Django.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True, slots=True)
class Env:
    data_dir: Path
    database_url: str
    redis_url: str
    chroma_url: str
    vector_store: str
    inference_url: str
    inference_token: str
    base_url: str
    secret_key: str
    fernet_keys: tuple[str, ...]
    max_upload_mb: int
    egress_allow: tuple[str, ...]
    debug: bool
    run_lease_s: float
    ingest_lease_s: float
    connector_folders: tuple[str, ...]
    run_keep_days: int
    email_url: str
    email_from: str
    app_max_active_runs: int
    end_user_max_active_runs: int


def _json(path: Path) -> dict[str, object]:
    try:
        value = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def _words(text: str) -> tuple[str, ...]:
    return tuple(word for word in text.replace(",", " ").split() if word)


def read_env() -> Env:
    """The environment as it stands now. Missing service URLs are empty strings: who needs one says so."""
    data_dir = Path(os.environ.get("WEFT_DATA_DIR") or ROOT / "data").resolve()
    running = _json(data_dir / "run" / "state.json").get("env")
    state = running if isinstance(running, dict) else {}
    secrets = _json(data_dir / "secrets.json")

    def get(name: str, default: str = "") -> str:
        return os.environ.get(name) or str(state.get(name) or default)

    keys = secrets.get("fernet_keys")
    return Env(
        data_dir=data_dir,
        database_url=get("DATABASE_URL"),
        redis_url=get("REDIS_URL"),
        chroma_url=get("CHROMA_URL"),
        vector_store=get("WEFT_VECTOR_STORE", "chroma"),
        inference_url=get("INFERENCE_URL"),
        inference_token=get("WEFT_INFERENCE_TOKEN"),
        base_url=get("WEFT_BASE_URL", "http://127.0.0.1:8000"),
        secret_key=get("WEFT_SECRET_KEY") or str(secrets.get("secret_key") or ""),
        fernet_keys=_words(get("WEFT_FERNET_KEYS")) or tuple(keys if isinstance(keys, list) else ()),
        max_upload_mb=int(get("WEFT_MAX_UPLOAD_MB", "100")),
        egress_allow=_words(get("WEFT_EGRESS_ALLOW")),
        debug=get("WEFT_DEBUG") == "1",
        run_lease_s=float(get("WEFT_RUN_LEASE_S", "8")),
        ingest_lease_s=float(get("WEFT_INGEST_LEASE_S", "20")),
        connector_folders=tuple(filter(None, get("WEFT_CONNECTOR_FOLDERS").split(os.pathsep))),
        run_keep_days=int(get("WEFT_RUN_KEEP_DAYS", "0")),
        email_url=get("WEFT_EMAIL_URL"),
        email_from=get("WEFT_EMAIL_FROM"),
        app_max_active_runs=int(get("WEFT_APP_MAX_ACTIVE_RUNS", "100")),
        end_user_max_active_runs=int(get("WEFT_END_USER_MAX_ACTIVE_RUNS", "10")),
    )
