"""Read the rules in force: the user's folder before the shipped one, whole rules by id, all faults at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from monitor.core.errors import Fault, Faults, nearest
from monitor.core.model import LIFECYCLES
from monitor.core.rules import SYSTEM_RULES, Rule, RuleBook, SystemRule
from monitor.settings.document import in_order
from monitor.settings.layers import Item, headings, items, read_folder
from monitor.settings.rule_file import (
    DefaultsTable,
    NumbersTable,
    RuleTable,
    SwitchTable,
    SystemId,
    SystemTable,
)  # fmt: skip
from monitor.settings.rule_values import rule_of, system_rule_of
from monitor.settings.soundness import flaws
from monitor.settings.strict import check
from monitor.settings.vocabulary import vocabulary

HEADINGS = ("defaults", "rule", "system")


def load_rules(
    folders: Sequence[Path],
    *,
    calendars: Collection[str] | None,
    kinds: Mapping[str, str] = LIFECYCLES,
    roles: Collection[str] | None = None,
    event_types: Collection[str] | None = None,
) -> RuleBook:
    """All rules of the folders, the first winning by id; the last is the shipped one and gives the order.

    `calendars`, `roles` and `event_types` are the names that may stand in a rule beside those the shipped rules use;
    None accepts any name of the right form. `kinds` maps kinds of entry to lifecycles.
    Raises Faults with everything that is wrong in any file.
    """
    return _Reading(folders, calendars, kinds, roles, event_types).book()


class _Reading:
    """One reading of all folders; faults gather here until the end."""

    def __init__(
        self,
        folders: Sequence[Path],
        calendars: Collection[str] | None,
        kinds: Mapping[str, str],
        roles: Collection[str] | None,
        event_types: Collection[str] | None,
    ) -> None:
        self.faults: list[Fault] = []
        self.kinds = kinds
        layers = [read_folder(folder, self.faults) for folder in folders]
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

    def _defaults(self, layers: Sequence[Sequence[Any]]) -> DefaultsTable:
        """[defaults] key by key: the user's, then the shipped, then the model's own."""
        merged: dict[str, Any] = {}
        for documents in layers:
            tables = [document for document in documents if isinstance(document.data.get("defaults"), dict)]
            for document in tables[1:]:
                first = tables[0].file
                self.faults.append(
                    document.fault(("defaults",), f"{first} has defaults already.", "one table of defaults")
                )
            for document in tables[:1]:
                read = check(DefaultsTable, document.data["defaults"], document, ("defaults",))
                if isinstance(read, list):
                    self.faults.extend(read)
                else:
                    merged = {**{key: getattr(read, key) for key in read.model_fields_set}, **merged}
        return DefaultsTable.model_construct(**{**dict(DefaultsTable()), **merged})

    def _rules(self) -> tuple[Rule, ...]:
        """From the shipped folder up, so that a rule keeps its place when a user's file replaces it."""
        found: dict[str, Rule] = {}
        for layer in reversed(self.rules):
            for item in layer.values():
                if rule := self._rule(item, found.get(item.id), found):
                    found[item.id] = rule
        return tuple(found.values())

    def _rule(self, item: Item, beneath: Rule | None, known: Collection[str]) -> Rule | None:
        if item.id in SYSTEM_RULES:
            self.faults.append(item.fault("This is a system rule.", f"[system.{item.id}] with after and every"))
            return None
        if set(item.data) == {"enabled"}:
            return self._switched(item, beneath, known)
        table = check(RuleTable, item.data, item.document, item.path, self.context)
        if isinstance(table, list):
            self.faults.extend(table)
            return None
        rule = rule_of(item.id, table, self.defaults, item.document.file)
        self.faults.extend(item.fault(what, accepted, at) for at, what, accepted in flaws(rule, self.kinds))
        return rule

    def _switched(self, item: Item, beneath: Rule | None, known: Collection[str]) -> Rule | None:
        switch = check(SwitchTable, item.data, item.document, item.path)
        if isinstance(switch, list):
            self.faults.extend(switch)
            return None
        if beneath is None:
            near = nearest(item.id, known)
            hint = f" Did you mean {near}?" if near else ""
            self.faults.append(item.fault(f"There is no rule {item.id} to switch.{hint}", ", ".join(known)))
            return None
        return replace(beneath, enabled=switch.enabled, source=item.document.file)

    def _system_rules(self) -> tuple[SystemRule, ...]:
        found: dict[str, SystemRule] = {}
        for layer in reversed(self.system):
            for item in layer.values():
                if rule := self._system_rule(item, found.get(item.id)):
                    found[item.id] = rule
        return tuple(found.values())

    def _system_rule(self, item: Item, beneath: SystemRule | None) -> SystemRule | None:
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
