"""A finished mail as files that can be looked at: the mail itself, its text and its HTML."""

from __future__ import annotations

import os
import re
from email import message_from_bytes, policy
from pathlib import Path

PRIVATE = 0o600  # a mail says what is in the register


def write_mail_files(folder: Path, name: str, raw: bytes) -> tuple[Path, ...]:
    """Write NAME.txt, NAME.html and NAME.eml, over those of an earlier time; text and HTML are what the mail holds.

    Raises OSError.
    """
    mail = message_from_bytes(raw, policy=policy.default)
    safe = re.sub(r"[^\w.@+-]", "_", name)
    contents = {"eml": raw}
    for kind, ending in (("plain", "txt"), ("html", "html")):
        part = mail.get_body((kind,))
        if part is not None:
            contents[ending] = part.get_content().replace("\r\n", "\n").encode("utf-8")
    folder.mkdir(parents=True, exist_ok=True)
    return tuple(_write(folder / f"{safe}.{ending}", contents[ending]) for ending in ("txt", "html", "eml")
                 if ending in contents)  # fmt: skip


def _write(path: Path, content: bytes) -> Path:
    path.unlink(missing_ok=True)  # never through a link that somebody laid there
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE), "wb") as file:
        file.write(content)
    return path
