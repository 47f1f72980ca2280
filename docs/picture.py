"""Draws docs/terminal.svg: what a terminal shows of the sample project. Renew it with `python docs/picture.py`."""

from __future__ import annotations

import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.text import Text

HERE = Path(__file__).parent
COMMAND = ("check", "shop", "--select", "TX301,TX101", "--no-cache")


def main() -> None:
    """Run the command as on a colour terminal and draw its output."""
    done = subprocess.run(
        [sys.executable, "-m", "txlint", *COMMAND],
        cwd=HERE.parent / "examples" / "shop",
        env={**os.environ, "FORCE_COLOR": "1", "COLUMNS": "112"},
        capture_output=True,
        text=True,
        check=False,
    )
    if not done.stdout:
        raise SystemExit(done.stderr)
    console = Console(record=True, width=112, file=StringIO(), force_terminal=True)
    console.print(Text("$ txlint check shop", style="bold"))
    console.print(Text.from_ansi(done.stdout))
    console.save_svg(str(HERE / "terminal.svg"), title="txlint")


if __name__ == "__main__":
    main()
