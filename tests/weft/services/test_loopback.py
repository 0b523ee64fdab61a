import socket

import pytest


def test_the_test_process_reaches_loopback_only() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
        pass

    with socket.socket() as foreign, pytest.raises(RuntimeError, match=r"A test tried to reach 192\.0\.2\.1"):
        foreign.connect(("192.0.2.1", 80))
