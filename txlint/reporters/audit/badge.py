"""A badge: sound coverage and the number of unknown operations, as a small picture."""

from __future__ import annotations

from xml.sax.saxutils import escape

from txlint.audit.figures import Figures

_LABEL = "transactions"
_COLOURS = ((90, "#2f7d32"), (75, "#6b7c1a"), (50, "#a86400"), (0, "#b3261e"))
_GREY = "#6e6e6e"
_CHARACTER, _MARGIN = 6.6, 6
"""Widths in pixels; the text is fitted to them, whatever font there is."""


def document(total: Figures) -> str:
    """The SVG; its colour is that of the lower bound, grey where nothing needs a transaction."""
    text = _text(total)
    left, right = (len(part) * _CHARACTER + 2 * _MARGIN for part in (_LABEL, text))
    width = left + right
    title = escape(f"{_LABEL}: {text}")
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="20" role="img" aria-label="{title}">
  <title>{title}</title>
  <clipPath id="r"><rect width="{width:.0f}" height="20" rx="3"/></clipPath>
  <g clip-path="url(#r)">
    <rect width="{left:.1f}" height="20" fill="#444"/>
    <rect x="{left:.1f}" width="{right:.1f}" height="20" fill="{_colour(total)}"/>
  </g>
  <g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">
    <text x="{_MARGIN}" y="14" textLength="{left - 2 * _MARGIN:.1f}">{escape(_LABEL)}</text>
    <text x="{left + _MARGIN:.1f}" y="14" textLength="{right - 2 * _MARGIN:.1f}">{escape(text)}</text>
  </g>
</svg>
"""


def _text(total: Figures) -> str:
    if not total.needs:
        return "n/a"
    sound = total.vouched_sound
    unknown = f" · {total.unknown} unknown" if total.unknown else ""
    return f"sound {sound.part}/{sound.whole}{_percent(sound.part, sound.whole)}{unknown}"


def _percent(part: int, whole: int) -> str:
    return f" ({100 * part // whole} %)" if whole >= 5 else ""


def _colour(total: Figures) -> str:
    if not total.needs:
        return _GREY
    return next(colour for limit, colour in _COLOURS if total.lower.reaches(limit))
