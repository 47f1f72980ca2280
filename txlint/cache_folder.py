"""Where caches are kept."""

from __future__ import annotations

import os

ANSWERS = "answers"
"""The folder of the kept answers within that of the cache."""


def default_folder() -> str:
    """Where the user's programs keep caches."""
    return os.path.expanduser(os.path.join(os.environ.get("XDG_CACHE_HOME") or "~/.cache", "txlint"))
