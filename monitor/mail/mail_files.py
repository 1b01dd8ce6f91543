"""A finished mail as files: the mail itself, its text, its HTML and its table."""

from __future__ import annotations

import os
import re
from email import message_from_bytes, policy
from pathlib import Path

PRIVATE = 0o600  # a mail holds what is in the register


def write_mail_files(folder: Path, name: str, raw: bytes) -> tuple[Path, ...]:
    """Write NAME.txt, NAME.html and NAME.eml, replacing earlier ones; text and HTML are decoded from the mail.

    NAME.csv where the mail has a table attached. Raises OSError.
    """
    mail = message_from_bytes(raw, policy=policy.default)
    safe = re.sub(r"[^\w.@+-]", "_", name)
    contents = {"eml": raw}
    for kind, ending in (("plain", "txt"), ("html", "html")):
        part = mail.get_body((kind,))
        if part is not None:
            contents[ending] = part.get_content().replace("\r\n", "\n").encode("utf-8")
    for part in mail.iter_attachments():
        contents["csv"] = bytes(part.get_payload(decode=True) or b"")
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{safe}.{ending}" for ending in ("txt", "html", "csv", "eml") if ending in contents]
    for path in paths:
        path.unlink(missing_ok=True)  # never through a link that was put there
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE), "wb") as file:
            file.write(contents[path.suffix[1:]])
    return tuple(paths)
