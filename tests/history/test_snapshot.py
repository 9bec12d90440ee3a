"""As of when, known when, in whose eyes: what a snapshot shows, and what it leaves out."""

from __future__ import annotations

from contextlib import closing
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from saleswright.history import rows
from saleswright.history.compiled import compile_text
from saleswright.history.schema import Field, entities
from saleswright.history.snapshot import Snapshot, open_snapshot
from saleswright.kernel.call import Ambient
from saleswright.kernel.workspace import Workspace
from saleswright.lib.issue import NOT_ALLOWED, Stop
from tests.history.made import NOON, deal, export, publish, workspace

ACCESS = """
- {kind: access, name: ann, scope: "team:West"}
- {kind: access, name: boss, scope: company}
"""


def opened(space: Workspace, **ambient: Any) -> Snapshot:
    return open_snapshot(space, Ambient(**ambient))


def seen(at: Snapshot, entity: str) -> list[str]:
    """Ids of the rows a snapshot's policy shows, as of its moments."""
    expression = rows.visible(at.schema, entity, at.policy.shape).select("id")
    values = {**at.clocks(), "scope": at.policy.member}
    sql = compile_text(expression)
    bound = {name: value for name, value in values.items() if f"${name}" in sql}
    return sorted(row[0] for row in at.reader.rows(sql, bound))


@pytest.mark.parametrize(
    ("zone", "text", "end"),
    [
        ("UTC", "2026-03-29", datetime(2026, 3, 29, 23, 59, 59, 999999)),
        # The day on which clocks go forward has 23 hours, the one on which they go back has 25.
        ("Europe/Berlin", "2026-03-28", datetime(2026, 3, 28, 22, 59, 59, 999999)),
        ("Europe/Berlin", "2026-03-29", datetime(2026, 3, 29, 21, 59, 59, 999999)),
        ("Europe/Berlin", "2026-10-25", datetime(2026, 10, 25, 22, 59, 59, 999999)),
        ("America/New_York", "2026-11-01", datetime(2026, 11, 2, 4, 59, 59, 999999)),
        # Here clocks jump over midnight: the day before ends when the new one begins at one o'clock.
        ("America/Santiago", "2026-09-05", datetime(2026, 9, 6, 3, 59, 59, 999999)),
        ("Asia/Kathmandu", "2026-01-01", datetime(2026, 1, 1, 18, 14, 59, 999999)),
    ],
)
def test_a_date_is_the_end_of_that_day_in_the_workspaces_zone(
    tmp_path: Path, zone: str, text: str, end: datetime
) -> None:
    space = workspace(tmp_path, zone)
    before, after = end, end + timedelta(microseconds=1)
    history = [
        export("deal", 1, [{**deal(1), "created__at": before}], at=datetime(2027, 1, 1), anchors=("created",)),
        export("deal", 1, [{**deal(2), "created__at": after}], at=datetime(2027, 1, 1), anchors=("created",), number=1),
    ]
    publish(space, history)
    with closing(opened(space, as_of=text)) as at:
        assert at.t == end
        assert (at.day, at.as_of_text) == (date.fromisoformat(text), text)
        assert seen(at, "deal") == ["deal_crm_1"]
    with closing(opened(space, as_of=f"{after.isoformat()}+00:00")) as at:
        assert seen(at, "deal") == ["deal_crm_1", "deal_crm_2"]
        assert at.day == date.fromisoformat(text) + timedelta(days=1)


def test_an_instant_is_the_same_in_any_zone(tmp_path: Path) -> None:
    space = workspace(tmp_path, "Europe/Berlin")
    publish(space, [export("deal", 1, [deal(1)])])
    # Twice half past two on that night: two instants.
    for text, instant in (
        ("2026-10-25T02:30:00+02:00", datetime(2026, 10, 25, 0, 30)),
        ("2026-10-25T02:30:00+01:00", datetime(2026, 10, 25, 1, 30)),
        ("2026-10-25T00:30:00Z", datetime(2026, 10, 25, 0, 30)),
    ):
        with closing(opened(space, as_of=text)) as at:
            assert at.t == instant
    with pytest.raises(Stop, match="has no zone"):
        opened(space, as_of="2026-10-25T02:30:00")
    with pytest.raises(Stop, match="not a date"):
        opened(space, as_of="tomorrow12")


def test_known_shows_what_was_known_and_never_more_than_was_true(tmp_path: Path) -> None:
    """Imported on day 1 as open, on day 2 as won."""
    space = workspace(tmp_path)
    first, second = NOON + timedelta(days=1), NOON + timedelta(days=2)
    publish(space, [export("deal", 1, [deal(1)]), export("deal", 2, [deal(1, stage="won", closed=date(2026, 3, 3))])])

    def stages(**ambient: str) -> list[str]:
        with closing(opened(space, **ambient)) as at:
            return [row[0] for row in at.reader.rows(compile_text(rows.as_of(table(at)).select("stage")), at.clocks())]

    def table(at: Snapshot) -> Any:
        return rows.table(at.schema["deal"])

    assert stages(as_of=f"{second.isoformat()}Z") == ["won"]
    assert stages(as_of=f"{(second - timedelta(seconds=1)).isoformat()}Z") == ["talk"]
    assert stages(as_of=f"{(first - timedelta(seconds=1)).isoformat()}Z") == []
    assert stages(known=f"{first.isoformat()}Z") == ["talk"]
    assert stages(as_of="2026-12-31", known=f"{first.isoformat()}Z") == ["talk"]
    with closing(opened(space, as_of="2026-12-31", known="2026-03-02")) as at:
        assert (at.t, at.k, at.day) == (datetime(2026, 3, 2, 23, 59, 59, 999999),) * 2 + (date(2026, 3, 2),)
    with closing(opened(space, as_of="2026-03-31")) as at:
        assert at.at(date(2026, 4, 1)) is at
        assert at.at(date(2026, 3, 2)).t == datetime(2026, 3, 2, 23, 59, 59, 999999)


def company(space: Workspace) -> None:
    people = [
        {"id": "person_crm_a", "name": "Ann", "email": "ann@example.org", "team": "West"},
        {"id": "person_crm_b", "name": "Bob", "email": "bob@example.org", "team": "West"},
        {"id": "person_crm_c", "name": "Cem", "email": "cem@example.org", "team": "East"},
    ]
    moved = [{**people[1], "team": "East"}]
    deals = [deal(n, owner=f"person_crm_{owner}", next_step="call Ms Roe") for n, owner in enumerate("abc")]
    lines = [{"id": f"line_item_crm_{n}", "deal": f"deal_crm_{n}", "quantity": 1.0} for n in range(3)]
    files = [export("person", 1, people), export("deal", 1, deals, number=1), export("line_item", 1, lines, number=2)]
    publish(space, [*files, export("person", 5, moved)])


def test_two_users_see_their_own_circle(tmp_path: Path) -> None:
    """Ann sees her team as it was then; Bob's move to East takes his deals out of her sight from that day."""
    space = workspace(tmp_path, access=ACCESS)
    company(space)
    every = ["deal_crm_0", "deal_crm_1", "deal_crm_2"]
    with closing(opened(space, actor="boss", as_of="2026-04-01")) as boss:
        assert seen(boss, "deal") == every
    with closing(opened(space, actor="ann", as_of="2026-04-01")) as ann:
        assert seen(ann, "deal") == every[:1]
        assert seen(ann, "person") == ["person_crm_a"]
        assert seen(ann, "line_item") == ["line_item_crm_0"]
        assert ann.policy.member == "West"
    with closing(opened(space, actor="ann", as_of="2026-03-04")) as ann:
        assert seen(ann, "deal") == every[:2]
        assert seen(ann, "line_item") == ["line_item_crm_0", "line_item_crm_1"]
    with closing(opened(space, actor="boss", as_of="2026-04-01", scope="team:East")) as east:
        assert seen(east, "deal") == every[1:]


def test_a_wider_circle_is_refused(tmp_path: Path) -> None:
    space = workspace(tmp_path, access=ACCESS)
    company(space)
    for ambient in ({"actor": "ann", "scope": "company"}, {"actor": "ann", "scope": "team:East"}, {"actor": "eve"}):
        with pytest.raises(Stop) as stop:
            opened(space, **ambient)
        assert stop.value.exit_code == NOT_ALLOWED
    with closing(opened(space, actor="ann")) as ann, pytest.raises(Stop) as stop:
        seen(ann, "product")
    assert stop.value.exit_code == NOT_ALLOWED


def test_personal_data_lies_in_its_own_table_and_nowhere_else(tmp_path: Path) -> None:
    space = workspace(tmp_path)
    company(space)
    secrets = ("ann@example.org", "Ann", "call Ms Roe")
    with closing(opened(space)) as at:
        tables = [row[0] for row in at.reader.rows("SELECT table_name FROM duckdb_tables()")]
        assert len(tables) > 20
        for table in tables:
            found = [
                secret
                for secret in secrets
                if at.reader.rows(f"SELECT 1 FROM \"{table}\" t WHERE contains(t::VARCHAR, '{secret}') LIMIT 1")
            ]
            assert found == (list(secrets) if table == "personal" else []), table
        kept = at.reader.rows("SELECT DISTINCT entity, field FROM personal ORDER BY ALL")
        assert kept == [("deal", "next_step"), ("person", "email"), ("person", "name")]
        for entity in at.schema.values():
            columns = {row[0] for row in at.reader.rows(f"DESCRIBE {entity.name}")}
            assert not columns & {field.name for field in entity.fields if field.personal}


def test_a_changed_name_keeps_its_earlier_version(tmp_path: Path) -> None:
    space = workspace(tmp_path)
    person = {"id": "person_crm_a", "name": "Ann Roe", "team": "West"}
    married = [export("person", 1, [person]), export("person", 2, [{**person, "name": "Ann Doe"}])]
    publish(space, [*married, export("person", 3, [{**person, "name": "Ann Doe"}])])
    with closing(opened(space)) as at:
        found = at.reader.rows("SELECT value, valid_from, valid_to, run_id FROM personal ORDER BY valid_from")
    change, end = NOON + timedelta(days=2), datetime(9999, 12, 31)
    assert found == [("Ann Roe", NOON + timedelta(days=1), change, 1), ("Ann Doe", change, end, 2)]


def test_custom_fields_are_typed_and_have_the_same_clocks(tmp_path: Path) -> None:
    space = workspace(tmp_path)
    custom = [
        ("deal", Field("tier", "text", dimension=True, custom=True)),
        ("deal", Field("fee", "money", unit="currency", custom=True)),
        ("deal", Field("nickname", "text", personal=True, custom=True)),
    ]
    kinds = entities(custom)
    first = export("deal", 1, [deal(1, tier="gold", fee=12345, nickname="Bär")], kinds=kinds)
    second = export("deal", 2, [deal(1, tier="iron", fee=12345, nickname="Bär")], kinds=kinds)
    publish(space, [first, second], custom)
    with closing(opened(space)) as at:
        assert at.schema["deal"]["tier"].dimension
        assert "tier" in at.schema["deal"].by_name and "nickname" in at.schema["deal"].by_name
        versions = at.reader.rows("SELECT tier, fee, valid_from FROM deal ORDER BY valid_from")
        assert versions == [("gold", 12345, NOON + timedelta(days=1)), ("iron", 12345, NOON + timedelta(days=2))]
        assert at.reader.rows("SELECT field, value FROM personal") == [("nickname", "Bär")]
        types = {name: kind for name, kind, *_ in at.reader.rows("DESCRIBE deal")}
        assert (types["tier"], types["fee"]) == ("VARCHAR", "BIGINT")
        assert "nickname" not in types
