"""Answers that are given again for as long as nothing that they rest on has changed.

A run notes what it looks at: the files that it opens, the folders that it lists, what it asks git. Its output is kept with
the state of all that, and the same command prints it again if each is as it was. What a run looks at includes the modules of
txlint, its rules and its libraries, so that another version of any of them is another answer. Whatever is wrong with a kept
answer is a miss. Imports nothing that the rest of a run needs, because a hit needs none of it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection, Iterable, Sequence
from hashlib import blake2b
from typing import Any, TextIO

from txlint.cache_folder import ANSWERS, default_folder
from txlint.filekinds import CONFIGURATION
from txlint.states import absolute, digest_of, is_as_it_was, kind_of, listing, state_of

KEPT = 64
"""Answers in the cache; the longest unused ones go first."""
SETTLED = 2_000_000_000
"""Nanoseconds for which a file must have been left alone before a run, so that a change during the run shows in its times."""
OPTIONS = frozenset(
    {"--select", "--ignore", "--exclude", "--config", "--jobs", "--cache-dir", "--output-format", "--exit-zero", "-e"}
    | {"--statistics", "--quiet", "-q", "--fail-on"}
)
"""Options of `check` with which a run depends on nothing but what it opens, lists and asks."""
_HEARD: tuple[str, ...] = (
    *("TXLINT_", "PYTHON", "LC_", "LANG", "GIT_", "XDG_", "CI", "GITHUB_", "NO_COLOR", "FORCE_COLOR"),
    *("FORCE_HYPERLINK", "WT_SESSION", "KITTY_", "KONSOLE_", "DOMTERM", "VTE_"),
    *("TERM", "COLOR", "COLUMNS", "LINES", "HOME", "PATH"),
)
"""Beginnings of the environment variables that may have a say in the output."""
_MARK = "txlint answer 2"
_FIELDS = 8
_FEW = 64
"""So many changed files are compared with what they were; with more, the project is analysed again at once."""
_STANDARD = os.path.dirname(os.__file__) + os.sep
"""The standard library belongs to the version of Python, which the key names."""


def key_of(arguments: list[str]) -> str | None:
    """The identity of a command in its surroundings; None for a command whose answer is not kept."""
    options = {one.partition("=")[0] for one in arguments if one.startswith("-")}
    if arguments[:1] != ["check"] or not options <= OPTIONS or not all((sys.stdout, sys.stderr)):
        return None
    here = os.getcwd()
    streams = [(one.isatty(), getattr(one, "encoding", "")) for one in (sys.stdout, sys.stderr)]
    size = os.get_terminal_size(sys.stdout.fileno()) if streams[0][0] else None
    heard = sorted(item for item in os.environ.items() if item[0].startswith(_HEARD))
    around = {folder for one in (here, *(os.path.abspath(each) for each in arguments)) for folder in _upwards(one)}
    names = (*CONFIGURATION, ".git")
    there = sorted(place for folder in around for name in names if os.path.lexists(place := f"{folder}/{name}"))
    kinds = [kind_of(one) for one in arguments]
    said = (arguments, kinds, here, there, heard, streams, size, sys.version, sys.executable, sys.path, _today())
    return blake2b(repr(said).encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()


def folder_for(arguments: list[str]) -> str:
    """Where the answers are kept: in the cache."""
    for position, one in enumerate(arguments):
        name, equals, value = one.partition("=")
        if name == "--cache-dir":
            return os.path.join(value if equals else "".join(arguments[position + 1 : position + 2]), ANSWERS)
    return os.path.join(default_folder(), ANSWERS)


class Watch:
    """What a run looks at, noted by an audit hook, and what it prints."""

    def __init__(self, folder: str) -> None:
        self._cache = os.path.dirname(absolute(folder)) + os.sep
        self.started = _now()
        self.files: set[str] = set()
        self.folders: set[str] = set()
        self.asked: set[tuple[str, ...]] = set()
        self.out, self.err = Kept(sys.stdout), Kept(sys.stderr)
        self.complete = False
        """Whether the analysis came to its end and has nothing to say about its cache."""
        self.held: object = None
        self._unseen: Callable[[], dict[str, str]] = dict
        self._noting, self._foreign = False, False

    def __enter__(self) -> Watch:
        self._noting = True
        sys.addaudithook(self._note)
        sys.stdout, sys.stderr = self.out, self.err
        return self

    def __exit__(self, *_: object) -> None:
        self._noting = False
        sys.stdout, sys.stderr = self.out.stream, self.err.stream

    def _note(self, event: str, given: tuple[Any, ...]) -> None:
        if not self._noting:
            return
        match event, given:
            case "open", (str() | bytes() | os.PathLike() as path, _, flags):
                self._opened(absolute(path), bool(flags & (os.O_WRONLY | os.O_RDWR)))
            case "os.scandir", (path,) if not isinstance(path, int):
                self.folders.add(absolute("." if path is None else path))
            case "os.listdir", (str() as path,) if path not in sys.path:  # Those are searched for modules, noted by name.
                self.folders.add(absolute(path))
            case "subprocess.Popen", (_, [_, *arguments], cwd, _) if "ls-files" in arguments:
                self.asked.add((absolute(cwd or "."), *map(os.fsdecode, arguments[arguments.index("ls-files") :])))
            case "subprocess.Popen", (program, _, _, _) if os.fsdecode(program) != sys.executable:
                self._foreign = True

    def _opened(self, path: str, writing: bool) -> None:
        if not writing:
            self.files.add(path)
        elif not path.startswith((self._cache, "/dev/")) and "__pycache__" not in path:
            self._foreign = True  # A kept answer writes no files.

    def analysed(
        self, unread: Iterable[os.PathLike[str]], complete: bool, report: object, unseen: Callable[[], dict[str, str]]
    ) -> None:
        """Note the end of an analysis: the files whose content it has not seen, and whether it has nothing else to say.

        The report is held, so that a process that ends need not take it apart. `unseen` names, once all is printed, the files
        of which nothing but their facts was looked at, with what identifies these.
        """
        self.held, self._unseen = report, unseen
        self.files |= {absolute(path) for path in unread}
        self.complete = complete

    def keep(self, folder: str, key: str, code: int) -> None:
        """Keep the answer, unless something was changed while it was found. Trouble means that it is not kept."""
        out, err = self.out.text, self.err.text
        whole = self.complete and not self._foreign and not self.out.broken and not self.err.broken
        if not whole or "\0" in out + err:
            return
        modules = (getattr(one, "__file__", None) for one in tuple(sys.modules.values()))
        seen = {_source(one) for one in (*self.files, *filter(None, modules))} | self.folders
        unseen = {absolute(path): facts for path, facts in self._unseen().items()}
        try:
            state = [
                (*state_of(path), unseen.get(path, ""))
                for path in sorted(seen)
                if not path.startswith(_STANDARD) or "site-packages" in path
            ]
            state += [(*listing(one), "") for one in sorted(self.asked)]
            _put(folder, key, (str(code), out, err), state, self.started)
        except OSError:
            return


class Kept:
    """A stream whose text is kept besides."""

    def __init__(self, stream: TextIO) -> None:
        self.stream, self.broken = stream, False
        self._parts: list[str] = []

    @property
    def text(self) -> str:
        """All that was written."""
        return "".join(self._parts)

    def write(self, text: str) -> int:
        """Write, and remember what was written."""
        try:
            written = self.stream.write(text)
        except OSError:
            self.broken = True
            raise
        self._parts.append(text)
        return written

    def writelines(self, lines: Iterable[str]) -> None:
        """Write several pieces of text."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Flush the stream below."""
        try:
            self.stream.flush()
        except OSError:
            self.broken = True
            raise

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


def recall(folder: str, key: str) -> tuple[int, str, str] | None:
    """Exit code, output and error output of a command whose inputs are all as they were."""
    path = f"{folder}/{key}"
    try:
        if hasattr(os, "getuid") and os.stat(folder).st_uid != os.getuid():
            return None
        with open(path, "rb") as stream:
            mark, digest, body = stream.read().split(b"\n", 2)
        if mark != _MARK.encode() or digest != digest_of(body):
            return None
        code, out, err, *rest = body.decode("utf-8", "surrogateescape").split("\0")
        state: list[tuple[str, ...]] = [(*rest[at : at + _FIELDS],) for at in range(0, len(rest), _FIELDS)]
        changed = {one for one in state if not is_as_it_was(one)}
        if changed and not _is_immaterial(folder, changed, out + err):
            return None
        if changed:
            now = [(*state_of(one[6]), _renewed(one)) if one in changed else one for one in state]
            _put(folder, key, (code, out, err), now, _now())
        else:
            os.utime(path)
        return int(code), out, err
    except (OSError, ValueError):
        return None


def _is_immaterial(folder: str, changed: Collection[tuple[str, ...]], said: str) -> bool:
    """Whether files whose text nobody has looked at say the same as before, apart from the numbers of their lines."""
    facts = {name: identity.partition(" ") for *_, name, identity in changed}
    if len(changed) > _FEW or not all(key and name not in said for key, _, name in facts.values()):
        return False
    from txlint.immaterial import says_the_same  # Imports msgspec and sqlite3, which all other answers do without.

    return says_the_same(os.path.dirname(folder), {name: key for name, (key, _, _) in facts.items()})


def _renewed(one: tuple[str, ...]) -> str:
    """What identifies the facts of a file that has been found to say the same as before."""
    from txlint.immaterial import key_now

    return f"{key_now(one[6])} {one[7].partition(' ')[2]}"


def _put(folder: str, key: str, said: tuple[str, str, str], state: Sequence[tuple[str, ...]], started: int) -> None:
    """Write an answer, unless something that it rests on may still be being changed. Raises OSError."""
    if not any(int(time) > started - SETTLED for one in state for time in one[1:3] if time):
        text = "\0".join((*said, *(part for one in state for part in one)))
        _write(folder, key, text.encode("utf-8", "surrogateescape"))


def _source(path: str) -> str:
    """The source of a compiled module: that is what a change is made to."""
    folder, _, name = path.rpartition("/__pycache__/")
    return f"{folder}/{name.partition('.')[0]}.py" if folder and name.endswith(".pyc") else path


def _upwards(path: str) -> Iterable[str]:
    while True:
        yield path
        above = os.path.dirname(path)
        if above == path:
            return
        path = above


def _today() -> str:
    """Comments may allow something up to a day."""
    import time

    return time.strftime("%Y-%m-%d")


def _now() -> int:
    import time

    return time.time_ns()


def _write(folder: str, key: str, body: bytes) -> None:
    """Write an answer as a whole, and forget the longest unused ones."""
    temporary = f"{folder}/{key}.{os.getpid()}"
    os.makedirs(folder, mode=0o700, exist_ok=True)
    with open(temporary, "wb") as stream:
        stream.write(b"\n".join((_MARK.encode(), digest_of(body), body)))
    os.replace(temporary, f"{folder}/{key}")
    aged = sorted(os.scandir(folder), key=lambda one: one.stat().st_mtime)
    for one in aged[:-KEPT]:
        os.unlink(one.path)
