"""A service that ticks, and its drop folder."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from facts import FIRST, stamp_at
from living import Recorder, monitor_on, serving
from msgspec.structs import replace

from monitor.core.model.register import Register
from monitor.store import history as kept
from monitor.store import records
from monitor.store.engine import Store
from monitor.store.register import load_register

NOW = stamp_at(FIRST).at - timedelta(days=2)  # a Saturday: no check comes between
GOOD = "id,kind,title\nm,mandate,T\n"
BAD = "id,kind,title,valid_until\nm,mandate,T,never\nn,mandate,,\n"


class Room:
    """The folder is made by this account; `again` is the service after it was killed."""

    def __init__(self, store: Store, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self.folder, self.now, self.post = folder, NOW, Recorder()
        self.app = replace(monitor_on(store), drop_folder=folder)
        self.again()

    def again(self) -> None:
        self.service = serving(self.app, self.post, lambda: self.now)

    def tick(self, times: int = 1) -> None:
        for _ in range(times):
            self.now += timedelta(minutes=1)
            self.service.tick()

    def drop(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, encoding="utf-8")

    def files(self) -> list[str]:
        return sorted(str(path.relative_to(self.folder)) for path in self.folder.rglob("*") if path.is_file())

    def report(self, name: str) -> str:
        return (self.folder / f"{name}.report.txt").read_text(encoding="utf-8")

    def register(self) -> Register:
        with self.app.store.reading() as connection:
            return load_register(connection)

    def entries(self) -> list[str]:
        return list(self.register().entries)

    def titles(self) -> list[str]:
        return [entry.title for entry in self.register()]

    def actors(self) -> list[str]:
        with self.app.store.reading() as connection:
            return [row.actor for row in kept.history(connection)]

    def notices(self) -> list[tuple[str, str, str, str]]:
        with self.app.store.reading() as connection:
            return [
                (row.kind, row.key, row.what, row.do)
                for row in records.open_notices(connection)
                if "import" in row.kind
            ]
