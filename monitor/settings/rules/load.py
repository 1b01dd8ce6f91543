"""Read the rules in force: the user's folder before the packs chosen and the shipped folder, whole rules by id."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from monitor.core.errors import Fault, Faults, did_you_mean, nearest
from monitor.core.model.register import LIFECYCLES
from monitor.core.model.rules import STATUSES, SYSTEM_RULES, Due, Escalation, Rule, RuleBook, Selection, SystemRule
from monitor.core.register.state import DOMAIN_TYPES
from monitor.core.register.terms import CANCELLATIONS
from monitor.core.sentences import Sentence
from monitor.files import Files
from monitor.settings.files.document import Document, in_order, read_folder
from monitor.settings.files.fields import NAME, Table, is_name
from monitor.settings.files.model_errors import M, check
from monitor.settings.rules.lint import flaws
from monitor.settings.rules.packs import DEFAULT, FILE, Pack, load_packs, others_kinds
from monitor.settings.rules.schema import DefaultsTable, NumbersTable, RuleTable, SwitchTable, SystemTable
from monitor.toml_lines import KeyPath

HEADINGS = ("defaults", "rule", "system")


class NamedTable(Struct, frozen=True, kw_only=True):
    """One table under a heading: [rule.art100-debate]."""

    document: Document
    heading: str
    id: str
    data: Any
    pack: str = ""  # the pack whose folder it is in

    def fault(self, what: str, accepted: str = "", at: KeyPath = ()) -> Fault:
        """Return a fault in this table, or at a key below it."""
        return self.document.fault((self.heading, self.id, *at), what, accepted)


def load_rules(
    folders: Sequence[Path],
    *,
    packs: Sequence[Pack] | None = None,
    calendars: Collection[str] | None,
    kinds: Mapping[str, str] = LIFECYCLES,
    roles: Collection[str] | None = None,
    event_types: Collection[str] | None = None,
    files: Files | None = None,
) -> RuleBook:
    """Return all rules of the folders, the first folder winning by id; the last is the shipped one, with the packs.

    `packs` (None: the default ones, from these folders) give the order and are read as part of the last folder. A rule
    of a pack that names no kind of entry is not about the kinds that other packs bring.

    `calendars`, `roles` and `event_types` are the names that a rule may have besides those of the shipped rules;
    None accepts any name of the right form. `kinds` maps kinds of entry to lifecycles.
    Raises Faults with everything that is wrong in any file.
    """
    files = files or Files()
    packs = load_packs(folders, DEFAULT, files) if packs is None else packs
    reading = _Reading(kinds, packs)
    layers = [read_folder(folder, reading.faults, files) for folder in folders]
    layers[-1:] = [reading.pack_files(files) + documents for documents in layers[-1:]]
    for documents in layers:
        reading.check_headings(documents)
    rules = [reading.tables(documents, "rule") for documents in layers]
    system = [reading.tables(documents, "system") for documents in layers]
    shipped = [table.data for table in rules[-1].values()] if rules else []
    reading.context = _known_names(shipped, calendars, kinds, roles, event_types)
    defaults = reading.defaults(layers)
    # From the shipped folder up, so that a rule keeps its place when a user's file replaces it
    found: dict[str, Rule] = {}
    for tables, default in reversed(list(zip(rules, defaults, strict=True))):
        for table in tables.values():
            if rule := reading.rule(table, default, found):
                found[table.id] = rule
    found_system: dict[str, SystemRule] = {}
    for tables in reversed(system):
        for table in tables.values():
            if system_rule := reading.system_rule(table, found_system.get(table.id)):
                found_system[table.id] = system_rule
    if reading.faults:
        raise Faults(in_order(reading.faults))
    return RuleBook(rules=tuple(found.values()), system=tuple(found_system.values()))


class _Reading:
    """One reading of all folders, with the faults so far."""

    def __init__(self, kinds: Mapping[str, str], packs: Sequence[Pack]) -> None:
        self.kinds, self.packs = kinds, packs
        self.pack_of: dict[str, str] = {}  # file → the pack whose folder it is in
        self.faults: list[Fault] = []
        self.context: Mapping[str, Any] = {}  # names that are known

    def pack_files(self, files: Files) -> tuple[Document, ...]:
        """Return the files of rules of all packs, in the order of the packs."""
        found: list[Document] = []
        for pack in self.packs:
            documents = [one for one in read_folder(pack.folder, self.faults, files) if Path(one.file).name != FILE]
            self.pack_of |= {document.file: pack.name for document in documents}
            found += documents
        return tuple(found)

    def check_headings(self, documents: Sequence[Document]) -> None:
        """Add faults for unknown tables at the top of a file."""
        for document in documents:
            for key, value in document.data.items():
                if key not in HEADINGS:
                    near = nearest(key, HEADINGS)
                    hint = Sentence(" Did you mean [{near}]?", near=near) if near else ""
                    what = Sentence("There is no such table.{hint}", hint=hint)
                    self.faults.append(document.fault((key,), what, ", ".join(HEADINGS)))
                elif not isinstance(value, dict):
                    accepted = Sentence("[{key}.NAME] and its keys", key=key)
                    self.faults.append(document.fault((key,), "This is not a table.", accepted))

    def tables(self, documents: Sequence[Document], heading: str) -> dict[str, NamedTable]:
        """Return name → table under [heading.NAME] in the files of one folder, in order."""
        found: dict[str, NamedTable] = {}
        for document in documents:
            given = document.data.get(heading)
            for id, data in given.items() if isinstance(given, dict) else ():
                pack = self.pack_of.get(document.file, "")
                table = NamedTable(document=document, heading=heading, id=id, data=data, pack=pack)
                if id in found:
                    first = found[id].document
                    line = first.line_of((heading, id))
                    what = Sentence("{id} is in {file}:{line} already.", id=id, file=first.file, line=line)
                    self.faults.append(table.fault(what, "each id once"))
                elif not is_name(id):
                    self.faults.append(table.fault(Sentence("{id!r} is not a name.", id=id), NAME))
                elif not isinstance(data, dict):
                    accepted = Sentence("[{heading}.{id}] and its keys", heading=heading, id=id)
                    self.faults.append(table.fault("This is not a table.", accepted))
                else:
                    found[id] = table
        return found

    def defaults(self, layers: Sequence[Sequence[Document]]) -> list[DefaultsTable]:
        """Return for each folder its own [defaults], key by key over those of the folders after it.

        They are in force for the rules of their folder: a shipped rule's escalations need the shipped overdue steps.
        """
        found = [DefaultsTable()]
        for documents in reversed(layers):
            tables = [document for document in documents if isinstance(document.data.get("defaults"), dict)]
            given: dict[str, Any] = {}
            for document in tables[1:]:
                what = Sentence("{file} has defaults already.", file=tables[0].file)
                self.faults.append(document.fault(("defaults",), what, "one table of defaults in a folder"))
            for document in tables[:1]:
                if read := self._checked(DefaultsTable, document.data["defaults"], document, ("defaults",)):
                    given = {key: getattr(read, key) for key in read.model_fields_set}
            found.insert(0, DefaultsTable.model_construct(**{**dict(found[0]), **given}))
        return found[:-1]

    def rule(self, table: NamedTable, defaults: DefaultsTable, beneath: Mapping[str, Rule]) -> Rule | None:
        """Return a rule, new or switched; None where it has faults."""
        if table.id in SYSTEM_RULES:
            accepted = Sentence("[system.{id}] with after, every and tell", id=table.id)
            self.faults.append(table.fault("This is a system rule.", accepted))
            return None
        if set(table.data) != {"enabled"}:
            if read := self._read(RuleTable, table):
                rule = _rule_of(table.id, read, defaults, table.document.file)
                self.faults.extend(table.fault(what, accepted, at) for at, what, accepted in flaws(rule, self.kinds))
                return self._of_pack(rule, table, beneath.get(table.id))
        elif switch := self._read(SwitchTable, table):
            if table.id in beneath:
                return replace(beneath[table.id], enabled=switch.enabled, source=table.document.file)
            hint = did_you_mean(table.id, beneath)
            what = Sentence("There is no rule {id} to switch.{hint}", id=table.id, hint=hint)
            self.faults.append(table.fault(what, ", ".join(beneath)))
        return None

    def _of_pack(self, rule: Rule, table: NamedTable, replaced: Rule | None) -> Rule:
        """Return the rule as part of its pack; one in a pack that names no kind leaves those of other packs alone."""
        if not table.pack:
            return replace(rule, pack=replaced.pack if replaced else "")
        others = () if rule.select.kind else others_kinds(self.packs, table.pack)
        kinds = tuple(kind for kind in self.kinds if kind not in others) if others else rule.select.kind
        return replace(rule, pack=table.pack, select=replace(rule.select, kind=kinds))

    def system_rule(self, table: NamedTable, beneath: SystemRule | None) -> SystemRule | None:
        """Return a system rule, shipped or with a user's numbers; None where it has faults."""
        if table.id not in SYSTEM_RULES:
            what = Sentence("There is no such system rule.{hint}", hint=did_you_mean(table.id, SYSTEM_RULES))
            self.faults.append(table.fault(what, ", ".join(SYSTEM_RULES)))
        elif "enabled" in table.data:
            self.faults.append(
                table.fault("A system rule cannot be switched off.", "after, every and tell", ("enabled",))
            )
        elif beneath is None:
            if whole := self._read(SystemTable, table):
                return _system_rule_of(table.id, whole, table.document.file)
        elif numbers := self._read(NumbersTable, table):
            given = {name: value for name, value in numbers if value is not None}
            return replace(beneath, **given, source=table.document.file)
        return None

    def _read(self, model: type[M], table: NamedTable) -> M | None:
        return self._checked(model, table.data, table.document, (table.heading, table.id))

    def _checked(self, model: type[M], data: Any, document: Document, path: KeyPath) -> M | None:
        """Return the table as a value of the model; None, with its faults added, where it has any."""
        read = check(model, data, document, path, self.context)
        if isinstance(read, list):
            self.faults.extend(read)
            return None
        return read


def _rule_of(id: str, table: RuleTable, defaults: DefaultsTable, source: str) -> Rule:
    """Return the rule that a table means; the keys it leaves out are taken from the defaults."""
    overdue = tuple(defaults.overdue if table.overdue is None else table.overdue)
    # A rule that is silent after its due day repeats nothing unless it says so
    given = "overdue_every" in table.model_fields_set
    escalations = (
        Escalation(at=step.at, to=tuple(step.to), unless_acknowledged=step.unless == "acknowledged")
        for step in table.escalate
    )
    return Rule(
        **_plain(table)
        | {
            "id": id,
            "title": table.title.by_language(),
            "why": table.why.by_language(),
            "select": Selection(**_plain(table.select)),
            "due": Due(**_plain(table.due) | _or_default(table.due, defaults, "recess", "roll")),
            "overdue": overdue,
            "overdue_every": table.overdue_every if given or not overdue else defaults.overdue_every,
            "escalate": tuple(escalations),
            **_or_default(table, defaults, "parts", "catch_up"),
            "source": source,
        }
    )


def _system_rule_of(id: str, table: SystemTable, source: str) -> SystemRule:
    """Return the system rule that a whole table means."""
    words = {"title": table.title.by_language(), "why": table.why.by_language()}
    return SystemRule(**_plain(table) | words | {"id": id, "source": source})


def _plain(table: Table) -> dict[str, Any]:
    """Return key → value; a list as the tuple that a record holds."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in table}


def _or_default(table: Table, defaults: DefaultsTable, *names: str) -> dict[str, Any]:
    given = ((name, getattr(table, name)) for name in names)
    return {name: getattr(defaults, name) if value is None else value for name, value in given}


def _known_names(
    shipped: Iterable[Mapping[str, Any]],
    calendars: Collection[str] | None,
    kinds: Mapping[str, str],
    roles: Collection[str] | None,
    event_types: Collection[str] | None,
) -> Mapping[str, Any]:
    """Return the names that a rule may have, as validation context; None accepts any name of the right form.

    The names in shipped rules are always known: a role without a holder falls to the fallback role.
    """
    tables = list(shipped)
    used = {name for table in tables for name in _roles(table)}
    types = {name for table in tables for name in _texts(table.get("closes_on"))}
    return {
        "calendars": None if calendars is None else frozenset(calendars),
        "kinds": frozenset(kinds),
        "statuses": STATUSES,
        "roles": None if roles is None else frozenset(roles) | used,
        "event_types": None
        if event_types is None
        else frozenset((*event_types, *types, *DOMAIN_TYPES, *CANCELLATIONS)),
    }


def _roles(table: Mapping[str, Any]) -> Iterator[str]:
    steps = table.get("escalate")
    escalations = [step for step in steps if isinstance(step, dict)] if isinstance(steps, list) else []
    for value in (table.get("to"), table.get("cc"), *(step.get("to") for step in escalations)):
        yield from _texts(value)


def _texts(value: Any) -> Iterator[str]:
    """Yield the texts in what ought to be a list; another value is a fault when its table is checked."""
    yield from (item for item in value if isinstance(item, str)) if isinstance(value, list) else ()
