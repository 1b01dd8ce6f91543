"""Read the configuration: config.toml, then the environment over it; every fault at once, each where it stands."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, SecretStr, ValidationError

from monitor.core.errors import Fault, Faults
from monitor.core.model.register import LIFECYCLES
from monitor.files import Files
from monitor.settings.config.config_path import find_config
from monitor.settings.config.credentials import credential, read_secret
from monitor.settings.config.environment import environment_faults, given_settings, settings_of, variables
from monitor.settings.config.recipients import people_faults
from monitor.settings.config.schema import (
    DatabaseSection,
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
)  # fmt: skip
from monitor.settings.files.document import Document, in_order, read_toml
from monitor.settings.files.fields import Name
from monitor.settings.files.model_errors import sentence
from monitor.settings.files.shipped import shipped

NO_FILE = Document(file="", data={}, lines={})
CREDENTIALS = {
    "database": "database-password", "mail.smtp": "smtp-password", "mail.smtp.second": "smtp-second-password",
}  # fmt: skip


class Config(BaseModel):
    """The whole configuration, checked. Paths are as written; the methods give them from the file's own folder."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)

    database: DatabaseSection = Field(default_factory=DatabaseSection)
    register_: RegisterSection = Field(default_factory=RegisterSection, alias="register")  # BaseModel has a `register`
    paths: PathsSection = Field(default_factory=PathsSection)
    mail: MailSection = Field(default_factory=MailSection)
    import_: ImportSection = Field(default_factory=ImportSection, alias="import")  # `import` is a keyword
    limits: LimitsSection = Field(default_factory=LimitsSection)
    retention: RetentionSection = Field(default_factory=RetentionSection)
    log: LogSection = Field(default_factory=LogSection)
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

    @property
    def kinds(self) -> Mapping[str, str]:
        """Every kind of entry, the domain's and the configuration's, with its lifecycle."""
        return {**LIFECYCLES, **self.register_.kinds}

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
        """The relays by the section each stands in: the first, and the second if there is one."""
        smtp = self.mail.smtp
        return {"mail.smtp": smtp} | ({"mail.smtp.second": smtp.second} if smtp.second.host else {})

    def ca_file(self, section: str = "mail.smtp") -> Path | None:
        """PEM file of the authorities that a relay is trusted by; None: those of the system."""
        written = self.relays()[section].ca_file
        return self.near(written) if written else None

    def drop_folder(self) -> Path | None:
        """Where files for import are left; None: nowhere."""
        return self.near(self.import_.folder).absolute() if self.import_.folder else None

    def database_url(self) -> str:
        """The database's URL with a SQLite path made absolute and the password put in: a secret. Raises Faults."""
        url = self.database.url.get_secret_value()
        scheme, found, path = url.partition(":///")
        if found and scheme.partition("+")[0] == "sqlite" and path and not path.startswith((":memory:", "file:")):
            return f"{scheme}:///{self.near(Path(path)).absolute()}"
        password = self._secret("database")
        return _with_password(url, password.get_secret_value()) if password else url

    def smtp_password(self, section: str = "mail.smtp") -> SecretStr | None:
        """From the relay's password_file, else from the systemd credential: smtp-password, or smtp-second-password.

        Raises Faults.
        """
        return self._secret(section)

    def secret_file(self, section: str) -> Path | None:
        """The file with that section's password: the one named, else the systemd credential; None: none is needed."""
        relay = None if section == "database" else self.relays()[section]
        if relay and not relay.username:
            return None
        written = relay.password_file if relay else self.database.password_file
        return self.near(written) if written else credential(self._environ, CREDENTIALS[section], self.files)

    def _secret(self, section: str) -> SecretStr | None:
        path = self.secret_file(section)
        return SecretStr(read_secret(path, f"{section}.password_file", self.files)) if path else None

    def _folders(self, instead: Path | None, written: Path, name: str) -> tuple[Path, ...]:
        """A folder that nobody named need not be there, and the shipped one is read once."""
        last = shipped(name)
        named = name in self.paths.model_fields_set
        first = instead or (self.near(written) if self.file else None)
        if first is None or not (instead or named or self.files.there(first)):
            return (last,)
        return (last,) if self.files.real(first) == self.files.real(last) else (first, last)

    def locate(self, path: tuple[str, ...], what: str, accepted: str = "") -> Fault:
        """A fault at that setting: in the variable that gives it, else in the file."""
        return _located(self._document, variables(self._environ), path, what, accepted)


def load_config(
    path: Path | None = None, environ: Mapping[str, str] = os.environ, files: Files | None = None
) -> Config:
    """The configuration in force. Without any file the defaults hold, with nobody to mail. Raises Faults with all faults.

    Passwords are read later, when they are needed: who only looks at the register need not be able to. All is read in
    one look, `files` (default: a new one), so that no two parts are of different times.
    """
    file = find_config(path, environ)
    files = files or Files()
    document = read_toml(file, files) if file else NO_FILE
    given = variables(environ)
    leaves = settings_of(Config)
    faults = list(environment_faults(Config, given))
    try:
        config = Config(**_over(document.data, given_settings(Config, environ, leaves)))
    except ValidationError as error:
        for detail in error.errors():
            faults.append(_located(document, given, detail["loc"], *sentence(detail, Config)))
        raise Faults(in_order(faults)) from None  # the cause would show what was given, secrets too
    config._document, config._environ, config._files = document, dict(environ), files
    faults += people_faults(config.people, config.holders, config.register_, config.locate)
    if faults:
        raise Faults(in_order(faults))
    return config


def _over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """One tree of tables over another, key by key."""
    merged = dict(below)
    for key, value in above.items():
        under = merged.get(key)
        merged[key] = _over(under, value) if isinstance(value, dict) and isinstance(under, dict) else value
    return merged


def _located(
    document: Document, given: Mapping[tuple[str, ...], str], path: tuple[str | int, ...], what: str, accepted: str
) -> Fault:
    """The environment wins over the file, so a fault is in the variable where there is one."""
    name = given.get(tuple(str(part) for part in path))
    return (
        Fault(what=what, file="environment", key=name, accepted=accepted)
        if name
        else document.fault(path, what, accepted)
    )


def _with_password(url: str, password: str) -> str:
    """The URL with that password in place of any that stands in it."""
    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    account = f"{user.partition(':')[0]}:{quote(password, safe='')}"
    return urlunsplit(parts._replace(netloc=f"{account}@{host}")) if at else url
