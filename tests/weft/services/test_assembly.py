from pathlib import Path

import pytest

from weft.services.assembly import Assembly, assemble
from weft.services.layout import DataDir
from weft.services.options import parse
from weft.services.secrets import load_or_create

URLS = (
    "DATABASE_URL",
    "REDIS_URL",
    "CHROMA_URL",
    "INFERENCE_URL",
    "WEFT_BASE_URL",
    "WEFT_INFERENCE_TOKEN",
    "WEFT_TRUSTED_PROXIES",
)


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in URLS:
        monkeypatch.delenv(name, raising=False)


def assemble_with(folder: Path, *arguments: str) -> Assembly:
    data = DataDir(folder)
    data.make()
    return assemble(parse(["--data-dir", str(folder), *arguments]), data, load_or_create(data.secrets), {})


def names(assembly: Assembly) -> list[str]:
    return [service.name for service in assembly.services]


def test_everything_is_embedded_by_default(tmp_path: Path) -> None:
    assembly = assemble_with(tmp_path, "--port", "8123")

    assert names(assembly) == ["postgres", "redis", "chroma", "inference", "web", "worker", "indexer", "scheduler"]
    assert assembly.base_url == "http://127.0.0.1:8123"
    assert len(set(assembly.ports.values())) == 4


def test_the_model_server_keeps_its_library_in_the_data_folder(tmp_path: Path) -> None:
    assembly = assemble_with(tmp_path, "--model", "owner/name")
    command = next(service.command for service in assembly.services if service.name == "inference")

    assert command[-4:] == ("--models-dir", str(tmp_path / "models"), "--model", "owner/name")


def test_parts_can_be_left_out(tmp_path: Path) -> None:
    assembly = assemble_with(tmp_path, "--no-worker", "--no-scheduler", "--no-inference")

    assert names(assembly) == ["postgres", "redis", "chroma", "web"]
    assert assembly.addresses["INFERENCE_URL"] == ""


def test_an_address_in_the_environment_replaces_the_embedded_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://cache.internal:6379/3")
    monkeypatch.setenv("INFERENCE_URL", "http://gpu.internal:8100")

    assembly = assemble_with(tmp_path)

    assert names(assembly) == ["postgres", "chroma", "web", "worker", "indexer", "scheduler"]
    assert assembly.external == ("redis", "inference")
    assert assembly.env["REDIS_URL"] == "redis://cache.internal:6379/3"
    assert assembly.env["INFERENCE_URL"] == "http://gpu.internal:8100"
    assert assembly.env["WEFT_INFERENCE_TOKEN"] == ""
    web = next(service for service in assembly.services if service.name == "web")
    assert web.after == ("database",)


def test_passwords_are_in_no_command_line(tmp_path: Path) -> None:
    assembly = assemble_with(tmp_path)
    secrets = load_or_create(DataDir(tmp_path).secrets)

    words = " ".join(word for service in assembly.services for word in service.command)

    for secret in (secrets.database_password, secrets.redis_password, secrets.inference_token, secrets.secret_key):
        assert secret not in words


def test_ports_are_kept_between_starts(tmp_path: Path) -> None:
    first = assemble_with(tmp_path)
    data = DataDir(tmp_path)

    second = assemble(parse(["--data-dir", str(tmp_path)]), data, load_or_create(data.secrets), first.ports)

    assert second.ports == first.ports


@pytest.mark.parametrize(
    ("trusted", "arguments"),
    [
        ("", ["--no-proxy-headers"]),
        ("10.0.0.7, 172.16.0.0/12", ["--proxy-headers", "--forwarded-allow-ips", "10.0.0.7,172.16.0.0/12"]),
    ],
)
def test_only_named_proxies_are_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trusted: str, arguments: list[str]
) -> None:
    monkeypatch.setenv("WEFT_TRUSTED_PROXIES", trusted)

    web = next(service for service in assemble_with(tmp_path).services if service.name == "web")

    assert list(web.command[-len(arguments) :]) == arguments


def test_models_that_are_named_are_served(tmp_path: Path) -> None:
    (tmp_path / "encoder").mkdir()

    assembly = assemble_with(tmp_path, "--embedding", str(tmp_path / "encoder"), "--reranker", "cross")

    command = next(service.command for service in assembly.services if service.name == "inference")
    assert command[-4:] == ("--embedding", str(tmp_path / "encoder"), "--reranker", "cross")
