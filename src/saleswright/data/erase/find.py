"""Who is meant? A record's id, an e-mail address or an exact name, looked up in every state of the record and in raw."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from saleswright.data.erase.subject import PERSONAL, Subject, folded, keyed, markable
from saleswright.data.erase.tombstones import Forgotten, key_of
from saleswright.data.imports.replay import sources_of, usable
from saleswright.history import engine, exported
from saleswright.history.facts import literal, quoted
from saleswright.history.release import current
from saleswright.kernel.workspace import Workspace
from saleswright.lib.issue import USAGE, Issue, Stop

Row = tuple[str, str, str, str]


class People:
    """Everybody who is told of anywhere in a workspace: (entity, id, field, value) rows, each once."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.entities, self.stages = usable(workspace)
        self.con = engine.writer(":memory:", workspace.zone)
        self.con.execute("CREATE TABLE said (entity VARCHAR, id VARCHAR, field VARCHAR, value VARCHAR)")
        for path in sorted((workspace.state / "releases").glob("r*.duckdb")):
            self._release(path)
        at = exported.place(workspace)
        for path in [] if "://" in at else sorted(Path(at).glob("r*/personal.parquet")):
            self._told(f"read_parquet({literal(str(path))})")
        for run in self._runs():
            self._raw(run)
        self.con.execute("CREATE TABLE known AS SELECT DISTINCT * FROM said WHERE trim(value) <> ''")
        self.con.execute("DROP TABLE said")

    def close(self) -> None:
        """Forget what was gathered."""
        self.con.close()

    def _runs(self) -> list[int]:
        release = current(self.workspace.state)
        used = release.used if release else ()
        return [run for run in used if (self.workspace.state / "raw" / f"run-{run:06d}" / "manifest.json").exists()]

    def _release(self, path: Path) -> None:
        self.con.execute(f"ATTACH {literal(str(path))} AS r (READ_ONLY)")
        try:
            self._told("r.personal")
        finally:
            self.con.execute("DETACH r")

    def _told(self, table: str) -> None:
        kinds = ", ".join(map(literal, PERSONAL))
        self.con.execute(
            f"INSERT INTO said SELECT DISTINCT entity, id, field, value FROM {table} WHERE entity IN ({kinds})"
        )

    def _raw(self, run: int) -> None:
        """People of a run, also of one that was taken back."""
        for source in sources_of(self.workspace, run, self.entities, self.stages):
            if source.entity not in PERSONAL or source.layout == "fields":
                continue
            for field in self.entities[source.entity].fields:
                if field.personal and field.name in source.sets:
                    self.con.execute(
                        f"INSERT INTO said SELECT DISTINCT {literal(source.entity)}, id, {literal(field.name)},"
                        f" {quoted(field.name)}::VARCHAR FROM ({source.query}) WHERE {quoted(field.name)} IS NOT NULL"
                    )

    def rows(self, where: str) -> list[Row]:
        """The rows that fit."""
        sql = f"SELECT entity, id, field, value FROM known WHERE {where} ORDER BY ALL"
        return [(str(e), str(i), str(f), str(v)) for e, i, f, v in self.con.execute(sql).fetchall()]

    def records(self, where: str) -> list[tuple[str, str]]:
        """The records with a row that fits."""
        return list(dict.fromkeys((entity, one) for entity, one, _, _ in self.rows(where)))

    def of(self, records: Iterable[tuple[str, str]]) -> list[Row]:
        """All that is told of these records."""
        return self.rows(_any(records))

    def called(self, name: str) -> list[tuple[str, str]]:
        """The records of people with exactly this name."""
        wanted = literal(folded("name", name))
        whole = f"field = 'name' AND lower(trim(value)) = {wanted}"
        parts = (
            "(entity, id) IN (SELECT (entity, id) FROM (SELECT entity, id, first.value || ' ' || last.value AS whole"
            " FROM (SELECT * FROM known WHERE field = 'first_name') first"
            " JOIN (SELECT * FROM known WHERE field = 'last_name') last USING (entity, id))"
            f" WHERE lower(trim(whole)) = {wanted})"
        )
        return self.records(f"({whole}) OR ({parts})")

    def with_email(self, email: str) -> list[tuple[str, str]]:
        """The records of people with this address."""
        return self.records(f"field = 'email' AND lower(trim(value)) = {literal(folded('email', email))}")


def _any(records: Iterable[tuple[str, str]]) -> str:
    pairs = [f"(entity = {literal(kind)} AND id = {literal(one)})" for kind, one in records]
    return " OR ".join(pairs) or "false"


def find(people: People, text: str) -> tuple[Subject, list[str]]:
    """The subject a text means, and what to know about it. Stop when nobody or more than one person is meant."""
    text, notes = text.strip(), list[str]()
    records = people.records(f"id = {literal(text)} OR entity || ':' || id = {literal(text)}")
    if not records:
        records = _record_without_words(people, text)
    if not records and "@" in text:
        records = people.with_email(text)
    elif not records:
        records = people.called(text)
        if len(_apart(people, records)) > 1:
            raise _several(text, records)
    if not records and not markable("email", text) and not markable("name", text):
        raise Stop(
            Issue("erase", f"nobody is known as '{text}'", "so there is nothing to erase",
                  "give a record's id, an e-mail address or the exact name", code="unknown_person"),
            exit_code=USAGE,
        )  # fmt: skip
    return _with_texts(people, _same_person(people, records, notes), text, notes), notes


def everybody(people: People, known: Forgotten) -> list[Subject]:
    """The subjects forgotten before who are in this workspace all the same, as after an older backup was restored."""
    found = []
    rows = people.rows("field = 'email'")
    for person in known.people:
        hashes = set(person["hashes"])
        records = [(kind, one) for kind, one, _, value in rows if keyed(known.key, "email", value) in hashes]
        for told in person["records"]:
            kind, _, one = told.partition(":")
            records += people.records(f"entity = {literal(kind)} AND id = {literal(one)}")
        if records:
            subject = _with_texts(people, list(dict.fromkeys(records)), "", [])
            found.append(Subject(known.key, *(getattr(subject, name) for name in _PARTS)))
    return found


_PARTS = ("records", "emails", "names", "phones", "own", "fields")


def _record_without_words(people: People, text: str) -> list[tuple[str, str]]:
    """A record of which nothing personal is told any more, or never was: still to be found by its id."""
    path = current(people.workspace.state)
    kind = next((one for one in PERSONAL if text.removeprefix(f"{one}:").startswith(f"{one}_")), "")
    if path is None or not kind:
        return []
    one = text.removeprefix(f"{kind}:")
    file = people.workspace.state / "releases" / path.file
    with closing(engine.Reader(file)) as reader:
        there = reader.rows(f"SELECT 1 FROM {quoted(kind)} WHERE id = {literal(one)} LIMIT 1")
    return [(kind, one)] if there else []


def _apart(people: People, records: list[tuple[str, str]]) -> set[str]:
    """The different addresses of some records; one that has none counts by itself."""
    rows = people.of(records)
    emails = {(e, i): folded("email", v) for e, i, f, v in rows if f == "email"}
    return {emails.get(one, "") or ":".join(one) for one in records}


def _several(text: str, records: list[tuple[str, str]]) -> Stop:
    shown = ", ".join(one for _, one in records[:8])
    return Stop(
        Issue("erase", f"{len(records)} records bear the name '{text}'", "they may be different people",
              f"erase each by its id or address: {shown}", code="several_people"),
        exit_code=USAGE,
    )  # fmt: skip


def _same_person(people: People, records: list[tuple[str, str]], notes: list[str]) -> list[tuple[str, str]]:
    """With them the records of the same address, as a lead that became a contact, if they bear the same name or none."""
    rows = people.of(records)
    names = {folded("name", one) for one in _whole_names(rows)}
    for email in dict.fromkeys(folded("email", v) for _, _, f, v in rows if f == "email"):
        for other in people.with_email(email):
            theirs = {folded("name", one) for one in _whole_names(people.of([other]))}
            if other in records:
                continue
            if not names or not theirs or names & theirs:
                records.append(other)
            else:
                notes.append(f"{other[1]} has the same address and another name: erase it by its id if it is meant too")
    return records


def _whole_names(rows: list[Row]) -> list[str]:
    found = [value for _, _, field, value in rows if field == "name"]
    parts: dict[tuple[str, str], dict[str, list[str]]] = {}
    for entity, one, field, value in rows:
        if field in ("first_name", "last_name"):
            parts.setdefault((entity, one), {}).setdefault(field, []).append(value)
    for both in parts.values():
        found += [f"{a} {b}" for a in both.get("first_name", ()) for b in both.get("last_name", ())]
    return list(dict.fromkeys(found))


def _with_texts(people: People, records: list[tuple[str, str]], text: str, notes: list[str]) -> Subject:
    """The texts that name them, those apart that others bear too."""
    rows = people.of(records)
    told: dict[str, list[str]] = {"email": [], "name": _whole_names(rows), "phone": []}
    for _, _, field, value in rows:
        if field in ("email", "phone"):
            told[field].append(value.strip())
    if not records:
        told["email" if "@" in text else "name"].append(text)
    own = [value.strip() for _, _, field, value in rows if field not in ("email", "name", "phone")]
    marks: dict[str, list[str]] = {"email": [], "name": [], "phone": []}
    for kind, values in told.items():
        for value in dict.fromkeys(values):
            others = [] if not records else [one for one in _bearers(people, kind, value) if one not in records]
            if others:
                what = "address" if kind == "email" else kind
                notes.append(
                    f"{len(others):,} other record{'s' if len(others) > 1 else ''} bear the same {what}:"
                    " it goes from this person's own rows only"
                )
            (marks[kind] if markable(kind, value) and not others else own).append(value)
    fields = {k: tuple(f.name for f in people.entities[k].fields if f.personal) for k in PERSONAL}
    lists = {name: tuple(marks[kind]) for name, kind in (("emails", "email"), ("names", "name"), ("phones", "phone"))}
    key = key_of(people.workspace.state)
    return Subject(key, tuple(records), **lists, own=tuple(dict.fromkeys(own)), fields=fields)


def _bearers(people: People, kind: str, value: str) -> list[tuple[str, str]]:
    if kind == "email":
        return people.with_email(value)
    if kind == "name":
        return people.called(value)
    digits = folded("phone", value)
    return people.records(f"field = 'phone' AND regexp_replace(value, '[^0-9]', '', 'g') = {literal(digits)}")
