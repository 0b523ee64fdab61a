from __future__ import annotations

import pytest

from workflows.addresses import Policy

PUBLIC = ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"]
INSIDE = [
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "192.0.2.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:a00:1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::a00:1",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:db8::1",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_need_no_allowance(address: str) -> None:
    assert Policy().allows(address, 443)


@pytest.mark.parametrize("address", INSIDE)
def test_addresses_inside_are_refused(address: str) -> None:
    assert not Policy().allows(address, 80, "innocent.example.org")


@pytest.mark.parametrize(
    ("word", "address", "port", "host", "allowed"),
    [
        ("127.0.0.1", "127.0.0.1", 11434, "localhost", True),
        ("127.0.0.1", "127.0.0.2", 11434, "localhost", False),
        ("127.0.0.1", "::ffff:127.0.0.1", 80, "", True),
        ("127.0.0.1:11434", "127.0.0.1", 11434, "", True),
        ("127.0.0.1:11434", "127.0.0.1", 6379, "", False),
        ("10.0.0.0/8", "10.9.8.7", 80, "", True),
        ("10.0.0.0/8", "192.168.0.1", 80, "", False),
        ("[::1]:8080", "::1", 8080, "", True),
        ("[::1]:8080", "::1", 8081, "", False),
        ("::1", "::1", 1, "", True),
        ("fd00::/8", "fd12::1", 1, "", True),
        ("models.internal", "10.0.0.5", 80, "Models.Internal.", True),
        ("models.internal", "10.0.0.5", 80, "evil.example.org", False),
        ("models.internal:8000", "10.0.0.5", 80, "models.internal", False),
    ],
)
def test_what_the_operator_allows(word: str, address: str, port: int, host: str, allowed: bool) -> None:
    assert Policy.of([word]).allows(address, port, host) is allowed
