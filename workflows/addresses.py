"""Which network addresses a request may go to.

Pure: knows IP ranges and the operator's allowances; resolves nothing and connects nowhere.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# Addresses that the registries call global and that are nobody's public server.
_REFUSED: tuple[Network, ...] = tuple(
    ipaddress.ip_network(each)
    for each in (
        "168.63.129.16/32",  # Azure's host agent
        "192.0.0.0/24",  # protocol assignments, Oracle's metadata service among them
        "192.88.99.0/24",  # 6to4 relays
        "240.0.0.0/4",
        "fec0::/10",  # site-local
    )
)
# NAT64's two prefixes and the old "compatible" addresses: the last 32 bits are an IPv4 address.
_TRANSLATED = tuple(ipaddress.IPv6Network(each) for each in ("64:ff9b::/96", "64:ff9b:1::/48", "::/96"))
# A name, whatever its script; an address that is misspelled, such as 127.0.0.256, is none.
_HOST = re.compile(r"(?![\d.]+$)\w(?:[\w.-]*[\w.])?")


@dataclass(frozen=True, slots=True)
class Allowance:
    """One word of WEFT_EGRESS_ALLOW: a host name, an address or a range, each with an optional port."""

    port: int | None
    network: Network | None = None
    host: str | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """Public addresses are allowed to all; others only where the operator said so."""

    allowances: tuple[Allowance, ...] = field(default=())

    @classmethod
    def of(cls, words: Iterable[str]) -> Policy:
        return cls(tuple(parse_allowance(word) for word in words))

    def allows(self, address: str, port: int, host: str = "") -> bool:
        """May a connection asked for as `host` go to `address`?"""
        ip = ipaddress.ip_address(address.partition("%")[0])
        return is_public(ip) or any(self._covers(each, ip, port, host) for each in self.allowances)

    @staticmethod
    def _covers(allowance: Allowance, ip: Address, port: int, host: str) -> bool:
        if allowance.port is not None and allowance.port != port:
            return False
        if allowance.network is not None:
            return any(
                each in allowance.network for each in (ip, _unwrapped(ip)) if each.version == allowance.network.version
            )
        return bool(host) and allowance.host == normal_host(host)


def is_public(ip: Address) -> bool:
    """A unicast address of the public internet, also behind the wrapper of a mapped or translated address."""
    ip = _unwrapped(ip)
    return ip.is_global and not ip.is_multicast and not any(ip in net for net in _REFUSED if net.version == ip.version)


def normal_host(host: str) -> str:
    return host.rstrip(".").lower()


def parse_allowance(word: str) -> Allowance:
    """`10.0.0.0/8`, `127.0.0.1:11434`, `[::1]:8080`, `models.internal`, `models.internal:8000`.

    Raises ValueError for any other word: it would open nothing, and say nothing.
    """
    host, port = _split_port(word.strip())
    try:
        network = ipaddress.ip_network(host, strict=False)
    except ValueError:
        network = None
    if (network is None and not _HOST.fullmatch(host)) or (port is not None and not 0 < port < 65536):
        raise ValueError(
            f"WEFT_EGRESS_ALLOW has {word!r}, which is no host, address or range with an optional port, "
            "such as 127.0.0.1:11434, 10.0.0.0/8, [::1]:8080 or models.internal."
        )
    return Allowance(port, network) if network is not None else Allowance(port, host=normal_host(host))


def _split_port(word: str) -> tuple[str, int | None]:
    if word.startswith("["):
        host, _, rest = word[1:].partition("]")
        if not rest:
            return host, None
        return (host, int(rest[1:])) if rest[0] == ":" and rest[1:].isdecimal() else (word, None)
    host, colon, port = word.rpartition(":")
    if colon and port.isdecimal() and ":" not in host:
        return host, int(port)
    return word, None


def _unwrapped(ip: Address) -> Address:
    """The IPv4 address that traffic to this IPv6 address ends at, where there is one; else the address itself."""
    if isinstance(ip, ipaddress.IPv4Address):
        return ip
    embedded = ip.ipv4_mapped or ip.sixtofour
    if embedded is None and any(ip in net for net in _TRANSLATED):
        low = int(ip) & 0xFFFFFFFF
        embedded = ipaddress.IPv4Address(low) if low > 0xFF else None
    return embedded or ip
