"""Bar charts of a dataset card as SVG: drawn by hand, so that the same numbers give the same bytes everywhere."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

WIDTH, BAR, GAP, LABEL, HEAD = 640, 18, 6, 170, 34
_NUMBERS = 70
"""Pixels right of the longest bar, for its number."""


def bars(title: str, values: Mapping[str, int]) -> str:
    """A horizontal bar chart. It carries its numbers, a title and a description, and needs no colour to be read."""
    most = max(values.values(), default=0) or 1
    height = HEAD + len(values) * (BAR + GAP) + GAP
    told = ", ".join(f"{name}: {count}" for name, count in values.items())
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        'font-family="sans-serif" font-size="12">',
        f"<title>{escape(title)}</title><desc>{escape(told)}</desc>",
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<text x="8" y="22" font-size="14" font-weight="bold" fill="#1c1c1c">{escape(title)}</text>',
    ]
    for place, (name, count) in enumerate(values.items()):
        top = HEAD + place * (BAR + GAP)
        width = round((WIDTH - LABEL - _NUMBERS) * count / most, 1)
        shown = name if len(name) <= 26 else f"{name[:25]}…"
        lines += [
            f'<text x="{LABEL - 8}" y="{top + 13}" text-anchor="end" fill="#1c1c1c">{escape(shown)}</text>',
            f'<rect x="{LABEL}" y="{top}" width="{width}" height="{BAR}" fill="#3b6ea5"/>',
            f'<text x="{LABEL + width + 6}" y="{top + 13}" fill="#1c1c1c">{count}</text>',
        ]
    return "\n".join([*lines, "</svg>"]) + "\n"
