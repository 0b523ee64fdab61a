"""The limits that the command line sets: read, checked, and what holds without them."""

from __future__ import annotations

import argparse

import pytest

from inference.__main__ import main
from inference.config import EngineConfig, ServerConfig
from inference.errors import ModelLoadError
from inference.server.flags import add_limits, server_limits


def parsed(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(exit_on_error=False)
    add_limits(parser)
    return parser.parse_args(arguments)


def test_without_flags_the_defaults_hold() -> None:
    assert ServerConfig(**server_limits(parsed())) == ServerConfig()
    assert parsed().max_waiting == EngineConfig().max_waiting


def test_every_flag_sets_its_limit() -> None:
    options = parsed(
        "--max-in-flight", "3", "--max-waiting", "4", "--target-wait-s", "1.5", "--tenant-tokens-per-s", "10.5",
        "--tenant-burst-tokens", "6", "--max-body-mb", "2", "--strict-fields",
    )  # fmt: skip

    assert options.max_waiting == 4
    assert ServerConfig(**server_limits(options)) == ServerConfig(
        max_in_flight=3,
        target_wait_s=1.5,
        tenant_tokens_per_s=10.5,
        tenant_burst_tokens=6,
        max_body_bytes=2 * 1024 * 1024,
        strict_fields=True,
    )


@pytest.mark.parametrize("flag", ["--max-in-flight", "--max-waiting", "--tenant-burst-tokens", "--max-body-mb"])
@pytest.mark.parametrize("value", ["0", "-1", "1.5", "many", "", "9" * 5000, "²"])
def test_a_count_is_a_whole_number_above_0(flag: str, value: str) -> None:
    with pytest.raises(argparse.ArgumentError, match="is not a whole number above 0"):
        parsed(f"{flag}={value}")


@pytest.mark.parametrize("flag", ["--target-wait-s", "--tenant-tokens-per-s"])
@pytest.mark.parametrize("value", ["0", "-1", "nan", "inf", "soon"])
def test_a_time_and_a_rate_are_numbers_above_0(flag: str, value: str) -> None:
    with pytest.raises(argparse.ArgumentError, match="is not a number above 0"):
        parsed(f"{flag}={value}")


def test_a_burst_needs_a_rate() -> None:
    with pytest.raises(ModelLoadError) as refused:
        server_limits(parsed("--tenant-burst-tokens", "5"))
    assert refused.value.message == "--tenant-burst-tokens is of no use without --tenant-tokens-per-s."


@pytest.mark.parametrize(
    ("flag", "value", "said"),
    [
        ("--threads", "0", "0 is not a whole number above 0"),
        ("--max-model-len", "0", "0 is not a whole number above 0"),
        ("--drain-s", "-1", "-1 is not a number of seconds from 0 up"),
        ("--port", "99999", "99999 is not a port; give a whole number from 0 to 65535"),
    ],
)
def test_a_number_that_has_no_sense_is_refused_before_anything_begins(
    flag: str, value: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["serve", flag, value])

    assert ended.value.code == 2
    assert capsys.readouterr().err.endswith(f"serve: error: argument {flag}: {said}\n")
