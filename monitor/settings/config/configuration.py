"""The configuration as one value: what config.toml and the environment say, with paths and passwords on demand."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, SecretStr

from monitor.core.errors import Fault, Faults
from monitor.core.model.watching import SourceSettings
from monitor.core.sentences import Sentence
from monitor.files import Files
from monitor.settings.config.schema import (
    AuditSection,
    DatabaseSection,
    DemoSection,
    DeskSection,
    HealthSection,
    HoldersSection,
    ImportSection,
    LimitsSection,
    LogSection,
    MailSection,
    PathsSection,
    PersonTable,
    RegisterSection,
    RelaySection,
    RetentionSection,
)
from monitor.settings.config.watch import WatchSection, WatchSourceTable
from monitor.settings.files.document import Document, unreadable
from monitor.settings.files.fields import Name
from monitor.settings.files.model_errors import is_model
from monitor.settings.files.shipped import shipped
from monitor.settings.rules.packs import Pack, kinds_of, load_packs

NO_FILE = Document(file="", data={}, lines={})
DELIMITER = "__"  # MONITOR_MAIL__SMTP__HOST is the key host of [mail.smtp]
PREFIX = "MONITOR_"
NO_SETTINGS = frozenset({"MONITOR_CONFIG", "MONITOR_ACTOR", "MONITOR_LANG"})  # variables that the command line reads
CREDENTIALS = {
    "database": "database-password", "mail.smtp": "smtp-password", "mail.smtp.second": "smtp-second-password",
}  # fmt: skip
Setting = tuple[str, ...]  # tables and key, as ("mail", "smtp", "host")


class Config(BaseModel):
    """The whole configuration, checked. Paths are as written; the methods give them from the file's own folder."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)

    database: DatabaseSection = Field(default_factory=DatabaseSection)
    register_: RegisterSection = Field(default_factory=RegisterSection, alias="register")  # BaseModel has a `register`
    paths: PathsSection = Field(default_factory=PathsSection)
    mail: MailSection = Field(default_factory=MailSection)
    import_: ImportSection = Field(default_factory=ImportSection, alias="import")  # `import` is a keyword
    watch: WatchSection = Field(default_factory=WatchSection)
    limits: LimitsSection = Field(default_factory=LimitsSection)
    retention: RetentionSection = Field(default_factory=RetentionSection)
    audit: AuditSection = Field(default_factory=AuditSection)
    log: LogSection = Field(default_factory=LogSection)
    health: HealthSection = Field(default_factory=HealthSection)
    demo: DemoSection = Field(default_factory=DemoSection)
    desk: DeskSection = Field(default_factory=DeskSection)
    people: dict[Name, PersonTable] = Field(default_factory=dict)
    holders: HoldersSection = Field(default_factory=HoldersSection)
    _document: Document = PrivateAttr(default=NO_FILE)
    _environ: Mapping[str, str] = PrivateAttr(default_factory=dict)
    _files: Files = PrivateAttr(default_factory=Files)

    @property
    def file(self) -> Path | None:
        """The configuration file; None when there is none and all is default."""
        return Path(self._document.file) if self._document.file else None

    @property
    def files(self) -> Files:
        """The look at the disk that this was read in; rules, calendars, letters and secrets are read in it too."""
        return self._files

    def packs(self, *, instead: Path | None = None, before: Path | None = None) -> tuple[Pack, ...]:
        """The packs chosen, from the rules folders. Raises Faults."""
        try:
            return load_packs(self.rules_folders(instead=instead, before=before), self.register_.packs, self.files)
        except Faults as found:  # a fault of a name is located where the name was given
            named = (self.locate(("register", "packs"), one.what, one.accepted) for one in found.faults if not one.file)
            raise Faults([*named, *(one for one in found.faults if one.file)]) from None

    def kinds(self, packs: Iterable[Pack]) -> Mapping[str, str]:
        """The kinds of entry that these packs and the configuration add to the domain's, with their lifecycles."""
        return {**kinds_of(packs), **self.register_.kinds}

    def near(self, path: Path) -> Path:
        """A path as written in the file, seen from the folder the file is in."""
        return (self.file.parent if self.file else Path()) / self.files.home(path)

    def rules_folders(self, *, instead: Path | None = None, before: Path | None = None) -> tuple[Path, ...]:
        """Where rules and calendars are read from: the user's folder (or the one named instead), then the shipped.

        `before`: a folder that comes before both.
        """
        folders = self._folders(instead, self.paths.rules, "rules")
        if before is None or self.files.real(before) == self.files.real(folders[0]):
            return folders
        return (before, *folders)

    def template_folders(self) -> tuple[Path, ...]:
        """Where letters are read from: the user's folder, then the shipped."""
        return self._folders(None, self.paths.templates, "templates")

    def maildir(self) -> Path:
        """The folder below which each recipient has a Maildir."""
        return self.near(self.mail.maildir.folder)

    def relays(self) -> Mapping[str, RelaySection]:
        """The relays by their section: the first, and the second if there is one."""
        smtp = self.mail.smtp
        return {"mail.smtp": smtp} | ({"mail.smtp.second": smtp.second} if smtp.second.host else {})

    def ca_file(self, section: str = "mail.smtp") -> Path | None:
        """PEM file of the authorities that a relay is trusted by; None: those of the system."""
        written = self.relays()[section].ca_file
        return self.near(written) if written else None

    def drop_folder(self) -> Path | None:
        """Where files for import are left; None: nowhere."""
        return self.near(self.import_.folder).absolute() if self.import_.folder else None

    def theme(self) -> Path | None:
        """The style sheet of the desk's house style; None: the desk's own alone."""
        return self.near(self.desk.theme).absolute() if self.desk.theme else None

    def watched_source(self, found: WatchSourceTable) -> SourceSettings:
        """What a source is asked with."""
        folder = "://" not in found.place
        return SourceSettings(
            place=str(self.near(Path(found.place)).absolute()) if folder else found.place,
            contact=self.watch.contact,
            dossiers=tuple(self.watch.dossiers),
            ca_file=str(self.near(found.ca_file)) if found.ca_file else "",
            timeout=found.timeout,
        )

    def database_url(self) -> str:
        """The database's URL with a SQLite path made absolute and the password put in: a secret. Raises Faults."""
        url = self.database.url.get_secret_value()
        scheme, found, path = url.partition(":///")
        if found and scheme.partition("+")[0] == "sqlite" and path and not path.startswith((":memory:", "file:")):
            return f"{scheme}:///{self.near(Path(path)).absolute()}"
        if password := self.password("database"):
            parts = urlsplit(url)
            user, at, host = parts.netloc.rpartition("@")
            account = f"{user.partition(':')[0]}:{quote(password.get_secret_value(), safe='')}"
            return urlunsplit(parts._replace(netloc=f"{account}@{host}")) if at else url
        return url

    def password(self, section: str = "mail.smtp") -> SecretStr | None:
        """The password of a relay or of the database, read now; None: none is needed. Raises Faults."""
        path = self.secret_file(section)
        return SecretStr(_secret_in(path, f"{section}.password_file", self.files)) if path else None

    def secret_file(self, section: str) -> Path | None:
        """The file with that section's password: the one named, else the systemd credential; None: none is needed."""
        relay = None if section == "database" else self.relays()[section]
        if relay and not relay.username:
            return None
        if written := relay.password_file if relay else self.database.password_file:
            return self.near(written)
        folder = self._environ.get("CREDENTIALS_DIRECTORY")  # systemd's, with a file for each LoadCredential=
        credential = Path(folder, CREDENTIALS[section]) if folder else None
        return credential if credential and self.files.there(credential) else None

    def locate(self, path: tuple[str | int, ...], what: str, accepted: str = "") -> Fault:
        """A fault at that setting: in the variable that gives it, else in the file."""
        return located(self._document, self._environ, path, what, accepted)

    def _folders(self, instead: Path | None, written: Path, name: str) -> tuple[Path, ...]:
        """A folder that is not named need not exist, and the shipped one is read once."""
        last = shipped(name)
        first = instead or (self.near(written) if self.file else None)
        if first is None or not (instead or name in self.paths.model_fields_set or self.files.there(first)):
            return (last,)
        return (last,) if self.files.real(first) == self.files.real(last) else (first, last)


def settings_of(model: type[BaseModel], above: Setting = ()) -> Iterator[tuple[Setting, Any]]:
    """The path and type of every setting; a table of known keys is gone into."""
    for name, field in model.model_fields.items():
        path, kind = (*above, field.alias or name), field.annotation
        yield from settings_of(kind, path) if is_model(kind) else ((path, kind),)


def variables(environ: Mapping[str, str]) -> dict[Setting, str]:
    """Path of a setting → the variable that gives it. An empty variable gives nothing."""
    names = [name for name, value in environ.items() if name.startswith(PREFIX) and name not in NO_SETTINGS and value]
    return {tuple(name[len(PREFIX) :].lower().split(DELIMITER)): name for name in names}


def located(
    document: Document, environ: Mapping[str, str], path: tuple[str | int, ...], what: str, accepted: str
) -> Fault:
    """A fault at that setting. The environment wins over the file, so it is in the variable where there is one."""
    name = variables(environ).get(tuple(map(str, path)))
    if name:
        return Fault(what=what, file="environment", key=name, accepted=accepted)
    return document.fault(path, what, accepted)


def _secret_in(path: Path, key: str, files: Files) -> str:
    """The secret in a file, without the line end after it. Raises Faults, also when any account could read it.

    A fault names the file, never its content.
    """
    what, text = "", ""
    try:
        if files.open_to_all(path):
            what = Sentence(
                "Every account of this machine can read it: `chmod o= {path}`.", path=shlex.quote(str(path))
            )
        else:
            text = files.read(path).decode("utf-8").rstrip("\r\n")
    except OSError as error:
        what = unreadable(error)
    except UnicodeDecodeError:
        what = "The file is not UTF-8 text."
    if not what and not text.strip():
        what = "The file is empty."
    elif not text.isprintable():
        what = "The file holds more than one line."
    if what:
        accepted = "a file with the password alone, which others cannot read"
        raise Faults([Fault(what=what, file=str(path), key=key, accepted=accepted)])
    return text
