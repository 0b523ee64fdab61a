"""Runs programs in processes isolated by the kernel: the host's side of `workflows.sandbox.inside`.

Starts the walled-in server at the first call, tests it, gives each job a socket pair of its own and reads one reply.
Nothing that comes back is trusted: it is bounded, parsed as JSON and checked against a shape.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any, Literal

import msgspec

from workflows.errors import CodeError
from workflows.ports import CodeReply, CodeRequest
from workflows.sandbox import refusals
from workflows.sandbox.inside import messages
from workflows.sandbox.limits import Limits, late, too_large

_START_S = 30.0
_WAIT_S = 30.0
_GRACE_S = 5.0
_MESSAGE_BYTES = 16 * 1024
# The most that one printed character takes in JSON.
_CHARACTER_BYTES = 6
_RUNTIMES = {"python": "cpython", "javascript": "quickjs"}
_BOOT = "import sys; sys.path.append(sys.argv[1]); from inside.boot import main; main()"
_Codes = Literal[
    "code_syntax",
    "code_no_main",
    "code_failed",
    "code_unsupported",
    "code_value",
    "code_memory",
    "code_output_size",
    "sandbox_unavailable",
]


class _ServerGone(CodeError):
    """The server ended while a job was in it; no fault of the job's, which cannot reach it."""

    def __init__(self) -> None:
        super().__init__("code_crashed", "The sandbox was ended from outside.")


class _Error(msgspec.Struct):
    code: _Codes
    message: str
    line: int | None


class _Reply(msgspec.Struct):
    value: Any
    printed: str
    error: _Error | None


_decode = msgspec.json.Decoder(_Reply).decode


class IsolatedCode:
    """One server behind walls. One instance serves one event loop; close it at the end."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._slots = asyncio.Semaphore(limits.processes)
        self._starting = asyncio.Lock()
        self._server: _Server | None = None
        self._refusal: str | None = None

    async def refusal(self) -> str | None:
        """Why nothing can run here; None when it can. Starts and tests the server if that was not done yet."""
        try:
            await self._started()
        except CodeError as error:
            return error.message
        return None

    async def run(self, request: CodeRequest, limits: Limits) -> CodeReply:
        """Call `main(**inputs)`. Raises CodeError within about `limits.timeout_s`, whatever the program does."""
        try:
            await asyncio.wait_for(self._slots.acquire(), _WAIT_S)
        except TimeoutError as error:
            raise _busy() from error
        try:
            reply = await self._reply(request, limits)
        finally:
            self._slots.release()
        if reply.error is not None:
            raise _said(reply.error, limits)
        return CodeReply(reply.value, reply.printed, _RUNTIMES[request.language])

    async def close(self) -> None:
        """End the server and every program in it."""
        server, self._server = self._server, None
        if server is not None:
            await server.close()

    async def _reply(self, request: CodeRequest, limits: Limits) -> _Reply:
        """What came back. A server that was ended from outside is started again, and the job tried once more."""
        job = _framed({"language": request.language, "code": request.code, "inputs": request.inputs})
        try:
            return await (await self._started()).run(job, limits)
        except _ServerGone:
            return await (await self._started()).run(job, limits)

    async def _started(self) -> _Server:
        async with self._starting:
            if self._server is not None and self._server.lives:
                return self._server
            await self.close()
            if self._refusal is None:
                self._refusal = refusals.before_start()
            if self._refusal is None:
                self._server, self._refusal = await _start(self._limits)
            if self._server is None:
                raise CodeError("sandbox_unavailable", self._refusal or "")
            return self._server


async def _start(limits: Limits) -> tuple[_Server | None, str | None]:
    """A server that passed its test, or why there is none."""
    server = await _Server.start()
    try:
        async with asyncio.timeout(_START_S):
            said = await server.first_word
            if "refused" not in said:
                test = _framed({"language": "self-test", "code": "", "inputs": {}})
                reply = await server.run(test, limits)
                holes = reply.value if reply.error is None else [reply.error.message]
                if not holes:
                    return server, None
                said = {"refused": "self-test", "errno": 0, "message": f"a program could {', '.join(map(str, holes))}"}
    except TimeoutError:
        said = {"refused": "start", "errno": 0, "message": f"no answer within {_START_S:g} seconds"}
    except CodeError as error:
        said = {"refused": "self-test", "errno": 0, "message": error.message}
    await server.close()
    return None, refusals.at_step(said["refused"], said["errno"], said["message"])


class _Server:
    """The process behind the walls, and its children, each of which waits for one job."""

    def __init__(self, process: subprocess.Popen[bytes], control: socket.socket) -> None:
        self._process = process
        self._control = control
        self._loop = asyncio.get_running_loop()
        # None once it is gone: each that waits takes it and hands it on
        self._spare: asyncio.Queue[tuple[int, socket.socket] | None] = asyncio.Queue()
        self._ended: dict[int, asyncio.Future[str]] = {}
        self.lives = True
        self.first_word: asyncio.Future[dict[str, Any]] = self._loop.create_future()
        self._loop.add_reader(control, self._hear)

    @classmethod
    async def start(cls) -> _Server:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        with theirs:
            process = await asyncio.to_thread(_spawn, theirs)
        return cls(process, ours)

    async def run(self, job: bytes, limits: Limits) -> _Reply:
        """One job from beginning to end. Raises CodeError when the process ends without a reply."""
        try:
            spare = await asyncio.wait_for(self._spare.get(), _WAIT_S)
        except TimeoutError as error:
            raise _busy() from error
        if spare is None:
            self._spare.put_nowait(None)
            raise _ServerGone
        child, sock = spare
        ended = self._ended[child]
        try:
            self._tell({"child": child, "seconds": limits.timeout_s})
            async with asyncio.timeout(limits.timeout_s + _GRACE_S):
                data = await _exchange(self._loop, sock, messages.framed(_wire(limits)) + job, _most(limits))
                if data is None:
                    raise _ended_early(await ended, limits)
        except TimeoutError as error:
            raise late(limits) from error
        finally:
            sock.close()
            if self._ended.pop(child, None) is not None and self.lives:
                self._tell({"child": child})
        try:
            return _decode(data)
        except (msgspec.MsgspecError, RecursionError, ValueError) as error:
            raise CodeError("code_value", f"The returned value cannot leave the sandbox: {error}") from error

    async def close(self) -> None:
        """Hang up, which ends everything behind the walls."""
        self._hang_up()
        try:
            await asyncio.to_thread(self._process.wait, _GRACE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            await asyncio.to_thread(self._process.wait)

    def _tell(self, message: dict[str, Any]) -> None:
        try:
            self._control.send(json.dumps(message).encode())
        except OSError as error:
            self._hang_up()
            raise _ServerGone from error

    def _hear(self) -> None:
        try:
            data, fds, _, _ = socket.recv_fds(self._control, _MESSAGE_BYTES, 1)
        except BlockingIOError:
            return
        except OSError:
            data, fds = b"", []
        if not data:
            self._hang_up()
            return
        message = json.loads(data)
        if "spare" in message:
            child = socket.socket(fileno=fds[0])
            child.setblocking(False)
            self._ended[message["spare"]] = self._loop.create_future()
            self._spare.put_nowait((message["spare"], child))
        elif "ended" in message:
            if (future := self._ended.get(message["ended"])) is not None and not future.done():
                future.set_result(message["reason"])
        else:
            self.first_word.set_result(message)

    def _hang_up(self) -> None:
        if not self.lives:
            return
        self.lives = False
        self._loop.remove_reader(self._control)
        self._control.close()
        if not self.first_word.done():
            self.first_word.set_result({"refused": "start", "errno": 0, "message": "the process ended at once"})
        while not self._spare.empty():
            if (spare := self._spare.get_nowait()) is not None:
                spare[1].close()
        self._spare.put_nowait(None)
        for future in self._ended.values():
            if not future.done():
                future.set_result("")


def _spawn(control: socket.socket) -> subprocess.Popen[bytes]:
    found = importlib.util.find_spec("_quickjs")
    # A Python that finds its library by this variable would not start without it; the inside forgets it at once.
    kept = {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}
    command = [sys.executable, "-I", "-S", "-X", "utf8", "-c", _BOOT, str(Path(__file__).parent)]
    return subprocess.Popen(
        [*command, (found.origin or "") if found else ""],
        stdin=control.fileno(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=kept,
        cwd="/",
    )


async def _exchange(loop: asyncio.AbstractEventLoop, sock: socket.socket, job: bytes, most: int) -> bytes | None:
    """Send the job and read the reply; None when the other side ends first."""
    try:
        await loop.sock_sendall(sock, job)
        head = await _exactly(loop, sock, messages.HEAD_BYTES)
        if head is None:
            return None
        if (size := messages.length(head)) > most:
            raise CodeError("code_crashed", "The program wrote over its own reply.")
        return await _exactly(loop, sock, size)
    except ConnectionError:
        return None


async def _exactly(loop: asyncio.AbstractEventLoop, sock: socket.socket, wanted: int) -> bytes | None:
    parts: list[bytes] = []
    while wanted:
        part = await loop.sock_recv(sock, min(wanted, 1 << 20))
        if not part:
            return None
        parts.append(part)
        wanted -= len(part)
    return b"".join(parts)


def _busy() -> CodeError:
    return CodeError("code_busy", "Every sandbox is busy. Try again later.")


def _framed(job: dict[str, Any]) -> bytes:
    try:
        return messages.framed(job)
    except (TypeError, ValueError, RecursionError) as error:
        raise CodeError("code_value", f"A value cannot enter the sandbox: {error}") from error


def _wire(limits: Limits) -> dict[str, Any]:
    return {
        "seconds": limits.timeout_s,
        "memory_bytes": limits.memory_mb * 1024 * 1024,
        "reply_bytes": limits.output_kb * 1024,
        "printed_chars": limits.printed_chars,
    }


def _most(limits: Limits) -> int:
    """The longest reply: the value, what was printed, and an error's words."""
    return limits.output_kb * 1024 + limits.printed_chars * _CHARACTER_BYTES + _MESSAGE_BYTES


def _ended_early(reason: str, limits: Limits) -> CodeError:
    if not reason:
        return _ServerGone()
    if reason == "late":
        return late(limits)
    return CodeError("code_crashed", f"The program brought its sandbox down ({reason}); it may need too much memory.")


def _said(error: _Error, limits: Limits) -> CodeError:
    if error.code == "code_memory":
        return too_large(limits)
    if error.code == "code_output_size":
        size = f"The program returned more than {limits.output_kb:,} KB."
        return CodeError(error.code, size)
    return CodeError(error.code, error.message, line=error.line)
