"""Which services run, with which addresses: options and environment in, a list of services out. Starts nothing."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from weft.services import celery, chroma, inference, postgres, redis, web
from weft.services.environment import REPLACEABLE, for_children
from weft.services.layout import DataDir
from weft.services.options import Options
from weft.services.ports import free_port
from weft.services.secrets import Secrets
from weft.services.service import Service

# The one-off job between the database and everything that reads it (migrations); the supervisor runs it.
DATABASE_READY = "database"


@dataclass(frozen=True, slots=True)
class Assembly:
    """`addresses` are the variables by which a process beside us finds services; `external` are not ours to start."""

    services: tuple[Service, ...]
    ports: Mapping[str, int]
    addresses: Mapping[str, str]
    env: Mapping[str, str]
    base_url: str
    external: tuple[str, ...]


def assemble(options: Options, data: DataDir, secrets: Secrets, known_ports: Mapping[str, int]) -> Assembly:
    external = tuple(name for name, variable in REPLACEABLE.items() if os.environ.get(variable))
    embedded = [name for name in REPLACEABLE if name not in external and (name != "inference" or options.inference)]
    ports = _choose_ports(embedded, known_ports)
    base_url = os.environ.get("WEFT_BASE_URL") or web.url(options.host, options.port)
    addresses = _addresses(ports, secrets, base_url)
    env = for_children(data, addresses)
    servers = {
        "postgres": lambda: postgres.service(data, ports["postgres"], secrets),
        "redis": lambda: redis.service(data, ports["redis"], secrets),
        "chroma": lambda: chroma.service(data, ports["chroma"]),
        "inference": lambda: inference.service(
            data,
            ports["inference"],
            env=env,
            model=options.model,
            embedding=options.embedding,
            reranker=options.reranker,
        ),
    }
    stores = tuple(name for name in ("redis",) if name in embedded)
    services = (
        *(servers[name]() for name in embedded),
        web.service(data, options.host, options.port, env=env, after=(DATABASE_READY, *stores)),
        *celery.services(
            data, env=env, after=("web",), worker=options.worker, scheduler=options.scheduler
        ),
    )  # fmt: skip
    return Assembly(services, ports, addresses, env, base_url, external)


def _choose_ports(names: list[str], known: Mapping[str, int]) -> dict[str, int]:
    chosen: dict[str, int] = {}
    for name in names:
        port = free_port(known.get(name))
        while port in chosen.values():
            port = free_port()
        chosen[name] = port
    return chosen


def _addresses(ports: Mapping[str, int], secrets: Secrets, base_url: str) -> dict[str, str]:
    """What the environment says wins over what we start."""
    urls = {
        "DATABASE_URL": postgres.url(ports["postgres"], secrets) if "postgres" in ports else "",
        "REDIS_URL": redis.url(ports["redis"], secrets) if "redis" in ports else "",
        "CHROMA_URL": chroma.url(ports["chroma"]) if "chroma" in ports else "",
        "INFERENCE_URL": inference.url(ports["inference"]) if "inference" in ports else "",
        "WEFT_INFERENCE_TOKEN": secrets.inference_token if "inference" in ports else "",
        "WEFT_BASE_URL": base_url,
    }
    return {name: os.environ.get(name) or value for name, value in urls.items()}
