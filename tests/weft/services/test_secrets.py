import stat
from pathlib import Path

import pytest

from weft.services.errors import ServiceError
from weft.services.secrets import load_or_create


def test_secrets_are_made_once_and_for_their_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"

    first = load_or_create(path)
    second = load_or_create(path)

    assert first == second
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len({first.secret_key, *first.fernet_keys, first.database_password, first.inference_token}) == 4


def test_two_installations_share_no_secret(tmp_path: Path) -> None:
    one, two = load_or_create(tmp_path / "one.json"), load_or_create(tmp_path / "two.json")

    assert one.secret_key != two.secret_key
    assert set(one.fernet_keys).isdisjoint(two.fernet_keys)


def test_damaged_secrets_are_refused_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    path.write_text('{"secret_key": "x"')

    with pytest.raises(ServiceError, match="Restore it from a backup") as refused:
        load_or_create(path)

    assert refused.value.code == "secrets_unreadable"
    assert path.read_text() == '{"secret_key": "x"'
