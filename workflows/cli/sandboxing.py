"""`sandbox`: whether programs can be isolated on this machine, and if not, what is missing and how to get it."""

from __future__ import annotations

import argparse
import asyncio
import json
import os

import msgspec

from workflows.cli.failing import CommandError
from workflows.sandbox import Sandbox, SandboxFacts


def add_sandbox(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(command=_sandbox)


def _sandbox(_: argparse.Namespace) -> int:
    try:
        sandbox = Sandbox.from_environment(os.environ)
    except ValueError as error:
        raise CommandError(str(error)) from error
    facts = asyncio.run(_facts(sandbox))
    print(json.dumps(msgspec.to_builtins(facts), ensure_ascii=False))
    return 0 if facts.isolated else 1


async def _facts(sandbox: Sandbox) -> SandboxFacts:
    try:
        return await sandbox.facts()
    finally:
        await sandbox.close()
