"""Read the rules in force: the user's folder before the shipped one, whole rules by id, all faults at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from msgspec.structs import replace

from monitor.core.errors import Fault, Faults, nearest
from monitor.core.model.register import LIFECYCLES
from monitor.core.model.rules import SYSTEM_RULES, Rule, RuleBook, SystemRule
from monitor.files import Files
from monitor.settings.files.document import Document, in_order
from monitor.settings.files.layers import LayeredTable, headings, items, read_folder
from monitor.settings.files.model_errors import check
from monitor.settings.rules.lint import flaws
from monitor.settings.rules.schema import (
    DefaultsTable,
    NumbersTable,
    RuleTable,
    SwitchTable,
    SystemId,
    SystemTable,
)  # fmt: skip
from monitor.settings.rules.values import rule_of, system_rule_of
from monitor.settings.rules.vocabulary import vocabulary

HEADINGS = ("defaults", "rule", "system")


def load_rules(
    folders: Sequence[Path],
    *,
    calendars: Collection[str] | None,
    kinds: Mapping[str, str] = LIFECYCLES,
    roles: Collection[str] | None = None,
    event_types: Collection[str] | None = None,
    files: Files | None = None,
) -> RuleBook:
    """All rules of the folders, the first winning by id; the last is the shipped one and gives the order.

    `calendars`, `roles` and `event_types` are the names that may stand in a rule beside those the shipped rules use;
    None accepts any name of the right form. `kinds` maps kinds of entry to lifecycles.
    Raises Faults with everything that is wrong in any file.
    """
    return _Reading(files or Files(), folders, calendars, kinds, roles, event_types).book()


class _Reading:
    """One reading of all folders; faults gather here until the end."""

    def __init__(
        self,
        files: Files,
        folders: Sequence[Path],
        calendars: Collection[str] | None,
        kinds: Mapping[str, str],
        roles: Collection[str] | None,
        event_types: Collection[str] | None,
    ) -> None:
        self.faults: list[Fault] = []
        self.kinds = kinds
        layers = [read_folder(folder, self.faults, files) for folder in folders]
        for documents in layers:
            headings(documents, HEADINGS, self.faults)
        self.rules = [items(documents, "rule", self.faults) for documents in layers]
        self.system = [items(documents, "system", self.faults) for documents in layers]
        self.context = vocabulary(self.rules[-1].values() if layers else (), calendars, kinds, roles, event_types)
        self.defaults = self._defaults(layers)

    def book(self) -> RuleBook:
        """Every rule, or every fault."""
        rules, system = self._rules(), self._system_rules()
        if self.faults:
            raise Faults(in_order(self.faults))
        return RuleBook(rules=rules, system=system)

    def _defaults(self, layers: Sequence[Sequence[Document]]) -> list[DefaultsTable]:
        """For each folder its own [defaults], key by key over those of the folders after it.

        They hold for the rules of their folder: a shipped rule's escalations rest on the shipped overdue steps.
        """
        found = [DefaultsTable()]
        for documents in reversed(layers):
            given = self._own_defaults(documents)
            found.insert(0, DefaultsTable.model_construct(**{**dict(found[0]), **given}))
        return found[:-1]

    def _own_defaults(self, documents: Sequence[Document]) -> Mapping[str, Any]:
        """The keys that one folder's [defaults] names."""
        tables = [document for document in documents if isinstance(document.data.get("defaults"), dict)]
        for document in tables[1:]:
            what = f"{tables[0].file} has defaults already."
            self.faults.append(document.fault(("defaults",), what, "one table of defaults in a folder"))
        for document in tables[:1]:
            read = check(DefaultsTable, document.data["defaults"], document, ("defaults",))
            if not isinstance(read, list):
                return {key: getattr(read, key) for key in read.model_fields_set}
            self.faults.extend(read)
        return {}

    def _rules(self) -> tuple[Rule, ...]:
        """From the shipped folder up, so that a rule keeps its place when a user's file replaces it."""
        found: dict[str, Rule] = {}
        for layer, defaults in reversed(list(zip(self.rules, self.defaults, strict=True))):
            for item in layer.values():
                if rule := self._rule(item, defaults, found):
                    found[item.id] = rule
        return tuple(found.values())

    def _rule(self, item: LayeredTable, defaults: DefaultsTable, beneath: Mapping[str, Rule]) -> Rule | None:
        if item.id in SYSTEM_RULES:
            self.faults.append(item.fault("This is a system rule.", f"[system.{item.id}] with after and every"))
            return None
        if set(item.data) == {"enabled"}:
            return self._switched(item, beneath)
        table = check(RuleTable, item.data, item.document, item.path, self.context)
        if isinstance(table, list):
            self.faults.extend(table)
            return None
        rule = rule_of(item.id, table, defaults, item.document.file)
        self.faults.extend(item.fault(what, accepted, at) for at, what, accepted in flaws(rule, self.kinds))
        return rule

    def _switched(self, item: LayeredTable, beneath: Mapping[str, Rule]) -> Rule | None:
        switch = check(SwitchTable, item.data, item.document, item.path)
        if isinstance(switch, list):
            self.faults.extend(switch)
            return None
        if item.id not in beneath:
            near = nearest(item.id, beneath)
            hint = f" Did you mean {near}?" if near else ""
            self.faults.append(item.fault(f"There is no rule {item.id} to switch.{hint}", ", ".join(beneath)))
            return None
        return replace(beneath[item.id], enabled=switch.enabled, source=item.document.file)

    def _system_rules(self) -> tuple[SystemRule, ...]:
        found: dict[str, SystemRule] = {}
        for layer in reversed(self.system):
            for item in layer.values():
                if rule := self._system_rule(item, found.get(item.id)):
                    found[item.id] = rule
        return tuple(found.values())

    def _system_rule(self, item: LayeredTable, beneath: SystemRule | None) -> SystemRule | None:
        if item.id not in SYSTEM_RULES:
            near = nearest(item.id, SYSTEM_RULES)
            hint = f" Did you mean {near}?" if near else ""
            self.faults.append(item.fault(f"There is no such system rule.{hint}", ", ".join(SYSTEM_RULES)))
            return None
        if "enabled" in item.data:
            self.faults.append(item.fault("A system rule cannot be switched off.", "after and every", ("enabled",)))
            return None
        table: SystemTable | NumbersTable | list[Fault]
        if beneath:
            table = check(NumbersTable, item.data, item.document, item.path)
        else:
            table = check(SystemTable, item.data, item.document, item.path)
        if isinstance(table, list):
            self.faults.extend(table)
            return None
        return system_rule_of(cast(SystemId, item.id), table, beneath, item.document.file)
