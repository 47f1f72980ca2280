"""Medians of CPU seconds as bars on a logarithmic scale, as SVG."""

from __future__ import annotations

import math
from collections.abc import Mapping
from html import escape

LEFT, WIDTH, ROW = 200, 420, 24
OURS, OTHERS = "#2563eb", "#9ca3af"


def plotted(seconds: Mapping[str, float]) -> str:
    """The picture of CPU seconds by name."""
    lowest = math.floor(math.log10(min(seconds.values())))
    highest = math.log10(max(seconds.values()))
    height = ROW * (len(seconds) + 2)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDTH + 80}" height="{height}" font-family="sans-serif"'
        ' font-size="13">',
        '<rect width="100%" height="100%" fill="white"/>',
        f'<text x="{LEFT}" y="18" font-weight="bold">CPU seconds (logarithmic scale)</text>',
    ]
    for number, (name, value) in enumerate(sorted(seconds.items(), key=lambda item: item[1])):
        top = ROW * (number + 1) + 6
        length = max(2.0, WIDTH * (math.log10(value) - lowest) / max(highest - lowest, 1e-9))
        colour = OURS if name.startswith("txlint") else OTHERS
        parts.append(f'<text x="{LEFT - 8}" y="{top + 13}" text-anchor="end">{escape(name)}</text>')
        parts.append(f'<rect x="{LEFT}" y="{top}" width="{length:.1f}" height="{ROW - 8}" fill="{colour}"/>')
        parts.append(f'<text x="{LEFT + length + 6:.1f}" y="{top + 13}">{value:.3g} s</text>')
    return "\n".join((*parts, "</svg>")) + "\n"
