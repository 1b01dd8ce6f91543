"""Colours and type. Every difference that means something is also one of shape or of light and dark."""

from __future__ import annotations

FONT = "system-ui, 'Segoe UI', 'DejaVu Sans', 'Helvetica Neue', Arial, sans-serif"
INK, QUIET, GRID = "#1c2733", "#5b6875", "#e3e8ed"
SECURED, UNSECURED, PALE = "#2d5f8b", "#c3d6e8", "#9db9d3"
RECESS = "#f4f1e8"
DUE, OVERDUE, TODAY = "#b86e00", "#b3202c", "#7a2a8f"

STYLE = f"""
text {{ font-family: {FONT}; fill: {INK}; }}
.head {{ font-size: 17px; font-weight: 600; }}
.kind {{ font-size: 11px; font-weight: 600; fill: {QUIET}; letter-spacing: .04em; }}
.id {{ font-size: 11.5px; font-weight: 600; }}
.small {{ font-size: 10px; fill: {QUIET}; paint-order: stroke; stroke: #ffffff; stroke-width: 3px;
  stroke-linejoin: round; }}
.recess {{ font-size: 9.5px; fill: {QUIET}; }}
.tick {{ font-size: 11px; fill: {QUIET}; }}
.today {{ font-size: 11px; font-weight: 600; fill: {TODAY}; }}
.count {{ font-size: 8.5px; font-weight: 700; fill: #ffffff; }}
"""
