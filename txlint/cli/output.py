"""Where a command writes to, and the code that it exits with."""

from __future__ import annotations

import codecs
import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from txlint.errors import UserError
from txlint.storing import store

_LINKING = frozenset({"iTerm.app", "vscode", "WezTerm", "ghostty", "Hyper", "Tabby", "rio"})
"""What TERM_PROGRAM says in terminals that show hyperlinks."""
_LINKING_TERMS = ("xterm-kitty", "xterm-ghostty", "alacritty", "foot", "wezterm", "contour")
_DRAWN = (("─━═—", "-"), ("│┃║▏▎▍", "|"), ("╭╮╰╯├┤┬┴┼┌┐└┘┏┓┗┛┡┩", "+"), ("█▉▊▋▌", "#"), ("▓", "="), ("▒", ":"), ("░·…", "."))
_PLAIN = {drawn: plain for group, plain in (*_DRAWN, ("•", "*"), ("→", ">")) for drawn in group}
"""What drawings become where the terminal does not know them."""
CLEAN, FINDINGS, INCOMPLETE, INTERRUPTED = 0, 1, 2, 130


def colour(stream: IO[str]) -> bool:
    """Whether to write colours: NO_COLOR over FORCE_COLOR over what the stream is."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (stream.isatty() and os.environ.get("TERM") != "dumb")


def links(stream: IO[str]) -> bool:
    """Whether to write hyperlinks (OSC 8): FORCE_HYPERLINK over what the terminal says that it is."""
    if (forced := os.environ.get("FORCE_HYPERLINK")) is not None:
        return forced not in ("", "0")
    if not stream.isatty():
        return False
    told = any(os.environ.get(name) for name in ("WT_SESSION", "KITTY_WINDOW_ID", "KONSOLE_VERSION", "DOMTERM"))
    vte = os.environ.get("VTE_VERSION", "")
    program, term = os.environ.get("TERM_PROGRAM"), os.environ.get("TERM", "")
    return told or program in _LINKING or term.startswith(_LINKING_TERMS) or (vte.isdigit() and int(vte) >= 5000)


@contextmanager
def opened(path: str) -> Iterator[IO[str]]:
    """The file of `--output-file`, replaced once it is whole. Raises UserError where it cannot be written."""
    text = io.StringIO()
    yield text
    try:
        store(Path(path), text.getvalue().encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise UserError(f"--output-file {path}: {error.strerror}") from None


def _drawn(error: UnicodeError) -> tuple[str | bytes, int]:
    """Lines and bars in plain characters, of the same width; other characters as Python escapes them."""
    assert isinstance(error, UnicodeEncodeError)
    first = error.object[error.start]
    if first in _PLAIN:
        return _PLAIN[first], error.start + 1
    one = UnicodeEncodeError(error.encoding, error.object, error.start, error.start + 1, error.reason)
    return codecs.backslashreplace_errors(one)


def say(write: Callable[[IO[str]], object], stream: IO[str]) -> None:
    """Write to a stream that may not know every character, and whose reader may have gone. Raises UserError where it fails."""
    if hasattr(stream, "reconfigure"):
        codecs.register_error("txlint", _drawn)
        stream.reconfigure(errors="txlint")
    try:
        write(stream)
        stream.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())  # Else the interpreter tries once more at its end.
        if not isinstance(error, BrokenPipeError):
            raise UserError(f"the output cannot be written: {error.strerror}; look at where it goes to") from None
