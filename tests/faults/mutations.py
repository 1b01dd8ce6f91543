"""Good files made bad: cut, doubled, swapped and overwritten, as a slip, a broken disk or an attacker would."""

from __future__ import annotations

from hypothesis import strategies as st

BYTES = (b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\r", b"\n", b'"', b"'", b"[", b"]", b"{", b"}", b"=", b",", b"\\",
         b"#", b"\xc3",
         b"-6 wks", b"9" * 400, b"1e999", b"NaN", b"null", b"2021-02-30", b"0000-00-00", b"../..", b"%s", b"{{ x }}",
         b"=cmd()", "−".encode(), "１".encode(), b"-0d", b"+9999999999y", b"2021-13/..", b"FREQ=SECONDLY")  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn, good: bytes, changes: int = 4) -> bytes:
    """One to a few things done to the file."""
    raw = good
    for _ in range(draw(st.integers(1, changes))):
        first = draw(st.integers(0, max(0, len(raw) - 1)))
        last = min(len(raw), first + draw(st.integers(0, 60)))
        what = draw(st.sampled_from(("cut", "drop", "double", "put", "over", "move", "line")))
        piece = draw(st.sampled_from(BYTES) | st.binary(max_size=8))
        other = draw(st.integers(0, max(0, len(raw) - 1)))
        match what:
            case "cut":
                raw = raw[:first] if draw(st.booleans()) else raw[first:]
            case "drop":
                raw = raw[:first] + raw[last:]
            case "double":
                raw = raw[:last] + raw[first:]
            case "put":
                raw = raw[:first] + piece + raw[first:]
            case "over":
                raw = raw[:first] + piece + raw[first + len(piece) :]
            case "move":
                raw = raw[:other] + raw[first:last] + raw[other:]
            case "line":
                lines = raw.split(b"\n")
                place = draw(st.integers(0, len(lines) - 1))
                lines[place] = piece + lines[place][: draw(st.integers(0, 20))]
                raw = b"\n".join(lines)
    return raw
