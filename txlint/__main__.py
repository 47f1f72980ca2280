"""`python -m txlint`."""

from __future__ import annotations

import sys

from txlint.cli import main

sys.exit(main())
