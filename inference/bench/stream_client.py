"""The other end of `inference.bench.streams`: asks for many streams at once and counts what comes, in a process of its
own that imports nothing large. Prints `ready`, then how many events came.
"""

from __future__ import annotations

import asyncio
import json
import sys

_EVENT = b'"text":"'


async def count(port: int, model: str, n_streams: int, n_tokens: int) -> int:
    """Events of all answers, those that end them too."""
    body = json.dumps({"model": model, "prompt": "x", "max_tokens": n_tokens, "stream": True})
    head = f"POST /v1/completions HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"

    async def one() -> int:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write((head + body).encode())
        n, rest = 0, b""
        while data := await reader.read(1 << 16):
            text = rest + data
            n += text.count(_EVENT)
            rest = text[1 - len(_EVENT) :]
        writer.close()
        return n

    return sum(await asyncio.gather(*(one() for _ in range(n_streams))))


if __name__ == "__main__":
    port, model, n_streams, n_tokens = sys.argv[1:]
    print("ready", flush=True)
    print(asyncio.run(count(int(port), model, int(n_streams), int(n_tokens))), flush=True)
