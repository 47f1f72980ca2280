"""Processes that turn files into facts, so that a file which crashes or hangs the parser costs only itself.

The parser can end the process on hostile nesting and cannot be interrupted, so each worker serves one file at a time over
its pipes, and is killed and replaced when it overruns. Workers see only the module path given to them, never the folder
that is analysed.
"""

from __future__ import annotations

import gc
import os
import signal
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from queue import SimpleQueue
from typing import IO, TypeVar

import msgspec

from txlint.errors import NotAnalysed
from txlint.facts.reading import read

PROGRAM = "import sys; sys.path[:] = sys.argv[1:]; from txlint.workers import serve; serve()"
FILES_PER_WORKER = 12
STACK = 512 * 1024 * 1024
"""Deep but valid code needs a deep stack; only what is used of it costs memory."""
SECONDS = 10.0
BYTES_PER_SECOND = 25_000
"""Time that a large file gets on top; test_ssl.py (222 kB) was seen to take 10 s on a busy machine."""
COLLECT_EVERY = 100

T = TypeVar("T")
Extract = Callable[[bytes], bytes]
Outcome = bytes | NotAnalysed
"""Encoded facts, or why there are none."""
Tell = Callable[[int, int], None]
"""Is told how many files are done, and of how many."""

_Reply = tuple[bytes | None, str, int, int]
_HEADER = struct.Struct("!Q")


def extract_encoded(source: bytes) -> bytes:
    """The facts of a file as they travel and are kept. Raises NotAnalysed."""
    return msgspec.msgpack.encode(read(source))


def nobody(done: int, of: int) -> None:
    """Whom to tell how far it is where nobody asks."""


def extract_all(
    sources: Sequence[bytes], jobs: int | None, tell: Tell = nobody, seconds: float = SECONDS, program: str = PROGRAM
) -> list[Outcome]:
    """The outcome for each file, in worker processes, or in this process with no `jobs` (0)."""
    if jobs == 0:
        return deep(lambda: [_outcome(source, extract_encoded) for source in sources])
    if not sources:
        return []
    with Pool(_pool_size(len(sources), jobs), seconds, program) as pool:
        # Large files first: the last ones to finish are then small.
        order = sorted(range(len(sources)), key=lambda number: -len(sources[number]))
        outcomes: dict[int, Outcome] = {}
        for number, outcome in zip(order, pool.map([sources[number] for number in order]), strict=True):
            outcomes[number] = outcome
            tell(len(outcomes), len(sources))
    return [outcomes[number] for number in range(len(sources))]


def _pool_size(files: int, jobs: int | None) -> int:
    return max(1, min(jobs or _processors(), files // FILES_PER_WORKER))


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Pool:
    """A number of workers, each with a thread of this process that feeds it."""

    def __init__(self, size: int, seconds: float, program: str) -> None:
        self._seconds, self._program = seconds, program
        self._idle: SimpleQueue[_Worker | None] = SimpleQueue()
        for _ in range(size):
            self._idle.put(None)
        self._all: list[_Worker] = []
        self._closed = False
        self._threads = ThreadPoolExecutor(size, thread_name_prefix="feeder")

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: object) -> None:
        self._closed = True
        for worker in tuple(self._all):
            worker.kill()
        self._threads.shutdown(cancel_futures=True)
        for worker in self._all:
            worker.close()

    def map(self, sources: Sequence[bytes]) -> Iterator[Outcome]:
        """The outcomes in the order of the sources."""
        return self._threads.map(self._extract, sources)

    def _extract(self, source: bytes) -> Outcome:
        worker = self._idle.get()
        try:
            worker = worker or self._started()
            return worker.ask(source, self._seconds + len(source) / BYTES_PER_SECOND)
        finally:
            self._idle.put(None if worker is None or worker.is_dead else worker)

    def _started(self) -> _Worker:
        worker = _Worker(self._program)
        self._all.append(worker)
        if self._closed:
            worker.kill()
        worker.wait_until_ready()
        return worker


class _Worker:
    """One worker process as seen from this one."""

    def __init__(self, program: str) -> None:
        path = [entry for entry in sys.path if entry]
        self._process = subprocess.Popen(
            [sys.executable, "-c", program, *path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self.is_dead = False

    def wait_until_ready(self) -> None:
        """Raise RuntimeError where the process does not get as far as asking for work."""
        if _receive(self._output) is None:
            self.close()
            raise RuntimeError(f"a worker process did not start (exit code {self._process.returncode}): {sys.executable}")

    @property
    def _output(self) -> IO[bytes]:
        assert self._process.stdout
        return self._process.stdout

    def ask(self, source: bytes, seconds: float) -> Outcome:
        """What the worker makes of a file; if it dies or overruns the time, the outcome says so and the worker is dead."""
        overrun = threading.Event()

        def end() -> None:
            overrun.set()
            self.kill()

        timer = threading.Timer(seconds, end)
        timer.start()
        try:
            assert self._process.stdin
            _send(self._process.stdin, source)
            answer = _receive(self._output)
        except OSError:
            answer = None
        finally:
            timer.cancel()
        if answer is not None and not overrun.is_set():
            facts, reason, row, column = msgspec.msgpack.decode(answer, type=_Reply)
            return NotAnalysed(reason, row, column) if facts is None else facts
        self.kill()
        code = self._process.wait()
        self.is_dead = True
        if overrun.is_set():
            return NotAnalysed(f"took longer than {seconds:.0f} s")
        return NotAnalysed(f"crashed the parser ({_cause(code)})")

    def kill(self) -> None:
        """End the process without ceremony; it holds nothing that could be lost."""
        self._process.kill()

    def close(self) -> None:
        """Give back what the dead process has left."""
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(OSError):  # A request that was never read cannot be flushed.
                assert pipe
                pipe.close()


def _cause(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"


def serve(extract: Extract = extract_encoded) -> None:
    """The worker's side: answer files until the pipe closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends its workers.
    source, answer = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # Nothing that prints can spoil the answers.
    deep(lambda: _serve(source, answer, extract))


def _serve(source: IO[bytes], answer: IO[bytes], extract: Extract) -> None:
    gc.disable()  # Trees are dropped file by file; looking for cycles in each costs more than it frees.
    _send(answer, b"ready")
    served = 0
    while (request := _receive(source)) is not None:
        _alarm(SECONDS + len(request) / BYTES_PER_SECOND)
        outcome = _outcome(request, extract)
        _alarm(0)
        reply: _Reply = (
            (outcome, "", 1, 1) if isinstance(outcome, bytes) else (None, outcome.reason, outcome.row, outcome.column)
        )
        _send(answer, msgspec.msgpack.encode(reply))
        served += 1
        if served % COLLECT_EVERY == 0:
            gc.collect()


def _alarm(seconds: float) -> None:
    """End this process then, even inside the parser; nobody else would if its parent has been killed."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, 2 * seconds)


def _outcome(source: bytes, extract: Extract) -> Outcome:
    try:
        return extract(source)
    except NotAnalysed as reason:
        return reason
    except Exception as error:  # noqa: BLE001  A bug, or one more thing that the parser raises: the file is named, the others go on.
        return NotAnalysed(f"cannot be read: {type(error).__name__}: {error}")


def deep(function: Callable[[], T]) -> T:
    """Call a function with a stack that is deep enough for the deepest code that is analysed."""
    stack = threading.stack_size(STACK)
    try:
        with recursion(1_000_000), ThreadPoolExecutor(1) as thread:
            return thread.submit(function).result()
    finally:
        threading.stack_size(stack)


@contextmanager
def recursion(levels: int) -> Iterator[None]:
    """Allow calls within calls up to so many levels."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(levels)
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)


def _send(stream: IO[bytes], message: bytes) -> None:
    stream.write(_HEADER.pack(len(message)) + message)
    stream.flush()


def _receive(stream: IO[bytes]) -> bytes | None:
    """The next message; None where the other side has gone."""
    header = stream.read(_HEADER.size)
    if len(header) < _HEADER.size:
        return None
    [size] = _HEADER.unpack(header)
    message = stream.read(size)
    return message if len(message) == size else None
