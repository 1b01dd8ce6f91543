"""An OData server like the Tweede Kamer's, on 127.0.0.1, for tests: it behaves as the format page says, and misbehaves.

    with Kamer() as kamer:                       # tls=authority.server_context() serves HTTPS
        kamer.put("Toezegging", promise(1))      # a row; again with the same Id: a change
        kamer.fault("Toezegging", "500")         # until kamer.heal()
        kamer.base, kamer.asked                  # its address; the paths asked, with their queries

It knows `$filter` (ge, gt, eq, and, any, contains), `$orderby`, `$top`, `$skip`, `$count`, `$expand`, one entity and
`/resource`. A page has `size` rows and a nextLink; under `$top` there is none. `guid'…'` is a 400.

Faults: "500", "503" (in HTML), "html" (a page of HTML with 200), "cut" (the body ends early), "half" (half of the
JSON, whole as HTTP), "empty" (a page without rows), "placeholder" (a row with its Id alone), "lost" (the newest row is
left out), "twice" (every row twice), "elsewhere" (a nextLink to another server), "loop" (one to itself), "redirect",
"list" (no object).
"""

from __future__ import annotations

import json
import re
import ssl
import threading
from collections.abc import Mapping
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, quote, urlsplit

ROOT = "/OData/v4/2.0"
Row = dict[str, Any]
NONE = "0001-01-01T00:00:00Z"
FAULTY = {"error": {"code": "", "message": "An error has occurred."}}


class Kamer:
    """The server, with its collections."""

    def __init__(self, *, tls: ssl.SSLContext | None = None, size: int = 250) -> None:
        self.rows: dict[str, dict[str, Row]] = {name: {} for name in ("Toezegging", "Document", "Zaak", "Activiteit")}
        self.asked: list[str] = []
        self.agents: set[str] = set()
        self.size = size
        self.faults: dict[str, str] = {}
        self.after: dict[str, int] = {}
        self.gate: threading.Event | None = None  # no answer before it is set
        self.files: dict[str, bytes] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.kamer = self  # type: ignore[attr-defined]
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.origin = f"{'https' if tls else 'http'}://127.0.0.1:{self._server.server_port}"
        self.base = self.origin + ROOT
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def put(self, collection: str, *rows: Row) -> None:
        """Add rows, or change those of the same Id."""
        for row in rows:
            self.rows[collection][row["Id"]] = row

    def fault(self, collection: str, fault: str, *, after: int = 0) -> None:
        """Misbehave from now on when that collection is asked; `after`: so many pages come well first."""
        self.faults[collection], self.after[collection] = fault, after

    def heal(self) -> None:
        """Behave."""
        self.faults.clear()

    def fault_of(self, path: str) -> str:
        """Return how an answer to a path is to go wrong; empty: it is not."""
        name = path.strip("/").partition("(")[0]
        fault = self.faults.get(name, "")
        if "(" in path:
            return fault if fault == "500" else ""
        if fault and self.after.get(name, 0) > 0:
            self.after[name] -= 1
            return ""
        return fault

    def answer(self, path: str, query: Mapping[str, str]) -> tuple[int, Any]:
        """Return status and JSON for a path below the root."""
        if "guid'" in str(query):
            return 400, {"error": {"code": "", "message": "The query specified in the URI is not valid."}}
        if path in ("", "/"):
            return 200, {"value": [{"name": name, "kind": "EntitySet", "url": name} for name in self.rows]}
        one = re.fullmatch(r"/(\w+)\(([0-9a-f-]+)\)", path)
        if one:
            row = self.rows.get(one[1], {}).get(one[2])
            return (200, row) if row else (404, {"error": {"code": "", "message": "No resource was found."}})
        name = path.strip("/")
        if name not in self.rows:
            return 404, {"error": {"code": "", "message": "No resource was found."}}
        return 200, self._page(name, query)

    def _page(self, name: str, query: Mapping[str, str]) -> dict[str, Any]:
        kept = [row for row in self.rows[name].values() if matches(row, query.get("$filter", ""))]
        kept.sort(key=lambda row: (row.get("ApiGewijzigdOp") or "", row["Id"]))
        if self.faults.get(name) == "lost":
            kept = kept[:-1]
        if self.faults.get(name) == "empty":
            kept = []
        skip, top = int(query.get("$skip", 0)), query.get("$top")
        size = min(self.size, int(top)) if top else self.size
        shown = kept[skip : skip + size]
        if self.faults.get(name) == "twice":
            shown = [row for row in shown for _ in range(2)]
        if self.faults.get(name) == "placeholder":
            shown = [*shown, {"Id": "7c1d4c0e-0000-4000-8000-00000000dead"}]
        found: dict[str, Any] = {"@odata.context": f"{self.base}/$metadata#{name}", "value": shown}
        if query.get("$count") == "true":
            found["@odata.count"] = len(kept)
        if top is None and skip + size < len(kept):
            rest = "&".join(f"{key}={quote(value, safe='')}" for key, value in query.items() if key != "$skip")
            found["@odata.nextLink"] = f"{self.base}/{name}?{rest}&$skip={skip + size}"
        return found


def matches(row: Row, wanted: str) -> bool:
    """Return whether a row is what a filter asks for: comparisons joined by `and`."""
    return all(_holds(row, term.strip()) for term in re.split(r"\s+and\s+", wanted) if term.strip())


def _holds(row: Row, term: str) -> bool:
    if any_ := re.fullmatch(r"(\w+)/any\((\w): \2/(\w+) eq '?([^']*)'?\)", term):
        return any(str(one.get(any_[3])) == any_[4] for one in row.get(any_[1]) or ())
    if inside := re.fullmatch(r"contains\((\w+),'([^']*)'\)", term):
        return inside[2] in (row.get(inside[1]) or "")
    found = re.fullmatch(r"(\w+) (eq|ge|gt) (.+)", term)
    assert found, f"the test server does not know the filter {term!r}"
    name, operator, written = found.groups()
    there: Any = row.get(name)
    value: Any = {"true": True, "false": False}.get(written, written.strip("'"))
    if there is None:
        return False
    if operator == "eq":
        return bool(there == value)
    there, value = datetime.fromisoformat(there), datetime.fromisoformat(value)
    return bool(there >= value if operator == "ge" else there > value)


class _Handler(BaseHTTPRequestHandler):
    """Answers one connection; `server.kamer` has the rows and the faults."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        kamer: Kamer = self.server.kamer  # type: ignore[attr-defined]
        parts = urlsplit(self.path)
        path = parts.path.removeprefix(ROOT)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        kamer.asked.append(f"{path}?{'&'.join(f'{name}={value}' for name, value in query.items())}")
        kamer.agents.add(self.headers.get("User-Agent", ""))
        if kamer.gate:
            kamer.gate.wait()
        fault = kamer.fault_of(path)
        status, found = kamer.answer(path, query)
        body = json.dumps(found).encode()
        if path.endswith("/resource"):
            self._send(200, "application/pdf", kamer.files.get(path, b"%PDF-1.7"))
        elif fault in ("500", "503", "html", "list", "redirect", "half", "cut"):
            self._misbehave(fault, body)
        elif fault in ("elsewhere", "loop"):
            there = f"{kamer.origin}{self.path}" if fault == "loop" else "http://127.0.0.1:9/OData/v4/2.0/x"
            self._send(200, "application/json", json.dumps({**found, "@odata.nextLink": there}).encode())
        else:
            self._send(status, "application/json; odata.metadata=minimal", body)

    def _misbehave(self, fault: str, body: bytes) -> None:
        match fault:
            case "500":
                self._send(500, "application/json", json.dumps(FAULTY).encode())
            case "503":
                self._send(503, "text/html", b"<html><h1>Service Unavailable</h1></html>")
            case "html":
                self._send(200, "text/html; charset=utf-8", b"<!doctype html><title>Onderhoud</title>")
            case "list":
                self._send(200, "application/json", b"[]")
            case "redirect":
                self._send(302, "text/html", b"", Location="http://127.0.0.1:9/")
            case "half":
                self._send(200, "application/json", body[: len(body) // 2])
            case "cut":
                self._send(200, "application/json", body[: len(body) // 2], length=len(body))
                self.close_connection = True

    def _send(self, status: int, kind: str, body: bytes, *, length: int | None = None, **headers: str) -> None:
        self.send_response(status)
        given = {"Content-Type": kind, "Content-Length": str(len(body) if length is None else length), **headers}
        for name, value in given.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


def promise(number: int, text: str = "", **more: Any) -> Row:
    """Return a row of Toezegging, in the shape of the format page."""
    day = f"2026-03-{number % 28 + 1:02}"
    row = {
        "Id": f"7c1d4c0e-0000-4000-8000-{number:012}", "Nummer": f"TZ202603-{number:03}",
        "Aanmaakdatum": f"{day}T17:42:13.69+01:00", "ActiviteitNummer": "2026A09001", "Naam": "Voorbeeld, A.",
        "Functie": "Minister van Defensie", "Ministerie": "Defensie", "Status": "Openstaand", "DatumNakoming": NONE,
        "Tekst": text or f"De minister stuurt de Kamer vóór het zomerreces een brief over onderwerp {number}.",
        "Notities": None, "Verwijderd": False, "GewijzigdOp": f"{day}T09:00:00Z",
        "ApiGewijzigdOp": f"{day}T09:01:07.123Z", "KamerbriefNakoming": [], "ToegezegdAan": [],
        "Activiteit": [{"Nummer": "2026A09001", "Datum": "2026-03-18T00:00:00+01:00", "Voortouwnaam": "Defensie"}],
    }  # fmt: skip
    return {**row, **more}


def letter(number: int, dossier: int = 29521, **more: Any) -> Row:
    """Return a row of Document."""
    row = {
        "Id": f"7c1d4c0e-0000-4000-9000-{number:012}", "DocumentNummer": f"2026D{number:05}", "Soort": "Brief regering",
        "Onderwerp": f"Brief over onderwerp {number}", "Titel": "Nederlandse deelname", "Vergaderjaar": "2025-2026",
        "Datum": "2026-06-18T00:00:00+02:00", "Volgnummer": number, "Verwijderd": False,
        "ContentType": "application/pdf", "GewijzigdOp": "2026-06-18T12:00:00Z",
        "ApiGewijzigdOp": "2026-06-18T12:00:01Z",
        "Kamerstukdossier": [{"Nummer": dossier, "Toevoeging": None}],
    }  # fmt: skip
    return {**row, **more}


def matter(number: int, dossier: int = 29521, **more: Any) -> Row:
    """Return a row of Zaak with a term."""
    row = {
        "Id": f"7c1d4c0e-0000-4000-a000-{number:012}", "Nummer": f"2026Z{number:05}", "Soort": "Verzoek",
        "Onderwerp": f"Verzoek om een brief over onderwerp {number}", "Termijn": "2026-10-01T00:00:00+02:00",
        "Afgedaan": False, "Verwijderd": False, "GewijzigdOp": "2026-06-18T12:00:00Z",
        "ApiGewijzigdOp": "2026-06-18T12:00:02Z", "Document": [],
        "Kamerstukdossier": [{"Nummer": dossier, "Toevoeging": None}],
    }  # fmt: skip
    return {**row, **more}


def debate(number: int, dossier: int = 29521, **more: Any) -> Row:
    """Return a row of Activiteit."""
    row = {
        "Id": f"7c1d4c0e-0000-4000-b000-{number:012}", "Nummer": f"2026A{number:05}", "Soort": "Commissiedebat",
        "Onderwerp": f"Debat over onderwerp {number}", "Datum": "2026-09-24T00:00:00+02:00", "Status": "Gepland",
        "Verwijderd": False, "GewijzigdOp": "2026-06-18T12:00:00Z", "ApiGewijzigdOp": "2026-06-18T12:00:03Z",
        "VervangenDoor": [],
        "Zaak": [{"Id": "x", "Nummer": "2026Z00001", "Kamerstukdossier": [{"Nummer": dossier, "Toevoeging": None}]}],
    }  # fmt: skip
    return {**row, **more}
