"""Who was forgotten and stands in these files all the same? Their cells go before a row is compared or kept.

Only keyed hashes are left of who was erased: of their addresses, and the ids of their records. Whoever is found by these
is erased from every file of the import, with the name and the number that their own rows give here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING

from saleswright.data.imports.files import FileRun
from saleswright.data.imports.replay import source_of
from saleswright.data.read.sql import ident, text
from saleswright.history import engine
from saleswright.history.changes import Source
from saleswright.history.release import Publisher, release_path
from saleswright.kernel import clock
from saleswright.kernel.workspace import Workspace
from saleswright.lib.issue import Issue

if TYPE_CHECKING:
    from saleswright.data.erase.subject import Subject
    from saleswright.data.erase.tombstones import Forgotten

_ADDRESS = r"[a-z0-9._%+'-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+"


def keep_out(p: Publisher, workspace: Workspace, files: list[FileRun]) -> list[Issue]:
    """Take everybody who was forgotten out of the tables of an import; says how many there were."""
    if not (workspace.state / "erased.json").exists():
        return []
    # Few workspaces have forgotten anybody: the others do not read this.
    from saleswright.data.erase.segments import Segment, without
    from saleswright.data.erase.tombstones import forgotten

    known = forgotten(workspace.state)
    assert known is not None
    sources = {file.number: _source(p, workspace, file) for file in files}
    subject = _found(p, workspace, known, files, sources)
    if subject is None:
        return []
    for file in files:
        assert file.mapping is not None
        entity = p.entities[file.mapping.entity]
        segment = Segment(file.table, tuple(file.evidence.header), file.mapping, entity, sources[file.number])
        cells = without(p.con, segment, file.evidence.header, workspace.zone, workspace.currency, subject)
        kept = ident(f"{file.table}_known")
        swapped = ", ".join(f"{sql} AS {ident(column)}" for column, sql in cells.items())
        replaced = f" REPLACE ({swapped})" if cells else ""
        p.con.execute(f"CREATE OR REPLACE TEMP TABLE {kept} AS SELECT *{replaced} FROM {file.table}")
        _ragged(p, file, subject)
        file.table = f"{file.table}_known"
    n = max(1, len(subject.records))
    what = f"{n} record{'s' if n > 1 else ''} of people who were erased"
    why = "so what names them was left out; the records stay, without name, address and number"
    return [Issue("import", what, why, "saleswright audit show tells of the erasure", level="note", code="forgotten")]


def _source(p: Publisher, workspace: Workspace, file: FileRun) -> Source:
    assert file.mapping is not None
    headers = file.evidence.header
    now = clock.now()
    return source_of(workspace, file.mapping, p.entities, p.stages, file.table, headers, p.run, file.number, now)


def _found(
    p: Publisher, workspace: Workspace, known: Forgotten, files: list[FileRun], sources: dict[int, Source]
) -> Subject | None:
    """Everybody in these files who was forgotten, as one subject; None when nobody is."""
    from saleswright.data.erase.subject import PERSONAL, Subject, keyed, markable

    hashes, ids = known.hashes, known.records
    records: dict[tuple[str, str], None] = {}
    emails = {one: None for file in files for one in _addresses(p, file) if keyed(known.key, "email", one) in hashes}
    told: dict[str, dict[str, None]] = {"name": {}, "phone": {}}
    bearers: dict[str, set[str]] = {}
    for source in sources.values():
        entity = p.entities[source.entity]
        if source.entity not in PERSONAL or source.layout == "fields":
            continue
        fields = [name for name in ("name", "first_name", "last_name", "email", "phone") if name in source.sets]
        columns = "".join(f", {ident(name)}::VARCHAR" for name in fields)
        for row in p.con.execute(f"SELECT id{columns} FROM ({source.query})").fetchall():
            one, cells = str(row[0]), dict(zip(fields, row[1:], strict=True))
            name = str(cells.get("name") or f"{cells.get('first_name') or ''} {cells.get('last_name') or ''}").strip()
            bearers.setdefault(name.casefold(), set()).add(one)
            email = str(cells.get("email") or "").strip()
            if f"{source.entity}:{one}" in ids or (email and keyed(known.key, "email", email) in hashes):
                records[(entity.name, one)] = None
                told["name"][name] = None
                if email:
                    emails[email] = None
                if cells.get("phone"):
                    told["phone"][str(cells["phone"])] = None
    # Where nobody has a row of their own, a key may still be theirs.
    for one in ids:
        kind, _, number = one.partition(":")
        records[(kind, number)] = None
    theirs = {one for _, one in records}
    names = [
        name for name in told["name"]
        if markable("name", name) and bearers[name.casefold()] <= theirs and not _borne(p, workspace, name)
    ]  # fmt: skip
    phones = [one for one in told["phone"] if markable("phone", one)]
    own = [*told["name"], *told["phone"]]
    if not emails and not told["name"] and not _keys(p, files, theirs):
        return None
    fields_of = {kind: tuple(f.name for f in p.entities[kind].fields if f.personal) for kind in PERSONAL}
    return Subject(known.key, tuple(records), tuple(emails), tuple(names), tuple(phones), tuple(own), fields_of)


def _keys(p: Publisher, files: list[FileRun], theirs: set[str]) -> bool:
    """May a file name people by keys of which some were forgotten?"""
    return bool(theirs) and any(
        p.entities[file.mapping.entity][name].ref in ("person", "contact", "lead")
        for file in files
        if file.mapping is not None
        for _, rule in file.mapping.rules
        for name in rule.fields
        if name in p.entities[file.mapping.entity].by_name
    )


def _addresses(p: Publisher, file: FileRun) -> Iterator[str]:
    """Every e-mail address in any cell of a file."""
    for column in file.evidence.header:
        cell = ident(column)
        found = p.con.execute(
            f"SELECT DISTINCT unnest(regexp_extract_all(lower({cell}), {text(_ADDRESS)})) FROM {file.table}"
            f" WHERE contains({cell}, '@')"
        )
        yield from (str(one) for (one,) in found.fetchall())


def _borne(p: Publisher, workspace: Workspace, name: str) -> bool:
    """Does somebody in the record bear this name, who was not forgotten?"""
    if p.base is None:
        return False
    with closing(engine.Reader(release_path(workspace.state, p.base.number))) as reader:
        whole = f"field = 'name' AND lower(value) = {text(name.lower())}"
        if reader.rows(f"SELECT 1 FROM personal WHERE {whole} LIMIT 1"):
            return True
        parts = (
            "SELECT 1 FROM personal a JOIN personal b USING (entity, id) WHERE a.field = 'first_name'"
            f" AND b.field = 'last_name' AND lower(a.value || ' ' || b.value) = {text(name.lower())} LIMIT 1"
        )
        return bool(reader.rows(parts))


def _ragged(p: Publisher, file: FileRun, subject: Subject) -> None:
    """Records that did not fit the header are kept as their text."""
    old, new = ident(f"{file.table}__ragged"), ident(f"{file.table}_known__ragged")
    p.con.execute(f"CREATE OR REPLACE TEMP TABLE {new} AS SELECT * FROM {old}")
    found = p.con.execute(f"SELECT * FROM {new}")
    names = [column[0] for column in found.description or ()]
    for row in found.fetchall():
        for name, value in zip(names, row, strict=True):
            if isinstance(value, str) and (said := subject.clean_line(value)) != value:
                p.con.execute(f"UPDATE {new} SET {ident(name)} = {text(said)} WHERE {ident(name)} = {text(value)}")
