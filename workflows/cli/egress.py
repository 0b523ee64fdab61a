"""Which addresses outgoing requests may reach: public ones, and those the person running the command allows.

Knows addresses and names; knows nothing of requests. Checked after DNS, for the very addresses connected to.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable
from typing import Any

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from workflows.errors import HttpError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class EgressPolicy:
    """Made from `WEFT_EGRESS_ALLOW`: hosts or CIDRs, separated by commas."""

    def __init__(self, allow: str = "") -> None:
        self.hosts: set[str] = set()
        self.networks: list[Network] = []
        for entry in filter(None, (part.strip().lower() for part in allow.split(","))):
            try:
                self.networks.append(ipaddress.ip_network(entry, strict=False))
            except ValueError:
                self.hosts.add(entry)

    def allows(self, host: str, address: str) -> bool:
        """Whether `host`, found at `address`, may be connected to."""
        if host.lower().rstrip(".") in self.hosts:
            return True
        ip = _unwrapped(ipaddress.ip_address(address.split("%", 1)[0]))
        if any(ip in network for network in self.networks if network.version == ip.version):
            return True
        return ip.is_global and not ip.is_multicast

    def check_literal(self, host: str) -> None:
        """Refuse a host written as an address; names are checked when they are resolved. Raises HttpError."""
        try:
            ipaddress.ip_address(host.split("%", 1)[0])
        except ValueError:
            return
        if not self.allows(host, host):
            raise refused(host)


def _unwrapped(ip: Address) -> Address:
    """The IPv4 address inside an IPv6 one, where there is one."""
    if isinstance(ip, ipaddress.IPv4Address):
        return ip
    inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
    if inner is None and ip in _NAT64:
        inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return inner or ip


def refused(host: str) -> HttpError:
    """The error for a private address."""
    message = f"The address of {host!r} is private, so the request was refused. WEFT_EGRESS_ALLOW can open it."
    return HttpError("egress_refused", message, retryable=False)


class GuardedResolver(AbstractResolver):
    """DNS that gives out allowed addresses only."""

    def __init__(self, policy: EgressPolicy) -> None:
        self._policy = policy
        self._inner = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found: Iterable[Any] = await self._inner.resolve(host, port, family)
        allowed = [entry for entry in found if self._policy.allows(host, entry["host"])]
        if not allowed:
            raise refused(host)
        return allowed

    async def close(self) -> None:
        await self._inner.close()
