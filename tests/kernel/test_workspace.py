"""Is a workspace opened whole, or refused with every issue and its place?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from saleswright.kernel.definition import Definition
from saleswright.kernel.workspace import find, load
from saleswright.lib.issue import NOT_ALLOWED, USAGE, Stop


def make(folder: Path, text: str = "format = 1\n", **files: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "saleswright.toml").write_text(text, encoding="utf-8")
    for name, content in files.items():
        path = folder / "definitions" / f"{name}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return folder


def test_settings_are_read(tmp_path: Path) -> None:
    opened = load(
        make(
            tmp_path / "green",
            'format = 1\nname = "Green"\ncurrency = "EUR"\nzone = "Europe/Berlin"\nsample = true\n'
            "[fiscal]\nstart_month = 4\n[defaults]\nperiod = 'this year'\n",
        )
    )
    assert (opened.name, opened.currency, opened.zone, opened.sample) == ("Green", "EUR", "Europe/Berlin", True)
    assert opened.calendar.start_month == 4
    assert opened.defaults == {"period": "this year"}
    assert opened.state == (tmp_path / "green" / ".saleswright").resolve()


def test_defaults_stand_without_settings(tmp_path: Path) -> None:
    opened = load(make(tmp_path / "green"))
    assert (opened.name, opened.currency, opened.zone, opened.sample) == ("green", "USD", "UTC", False)
    assert opened.definitions == ()


def test_all_issues_of_the_settings_come_at_once(tmp_path: Path) -> None:
    folder = make(
        tmp_path,
        'format = 2\ncurency = "USD"\ncurrency = "DOLLARS"\nzone = "Mars/North"\n[fiscal]\nstart_moth = 4\n',
    )
    with pytest.raises(Stop) as caught:
        load(folder)
    issues = caught.value.issues
    assert caught.value.exit_code == USAGE
    told = {issue.where.partition("  ")[0]: issue for issue in issues}
    assert {"saleswright.toml:1", "saleswright.toml:2", "saleswright.toml:3", "saleswright.toml:4"} <= set(told)
    assert "did you mean currency" in told["saleswright.toml:2"].try_
    assert "DOLLARS" in told["saleswright.toml:3"].what
    assert "start_month" in told["saleswright.toml:6"].try_


def test_a_file_that_is_not_toml_says_so(tmp_path: Path) -> None:
    with pytest.raises(Stop, match=r"saleswright\.toml  not readable"):
        load(make(tmp_path, "format = \n"))


def test_definitions_are_overlaid_and_their_issues_kept(tmp_path: Path) -> None:
    shipped = [Definition("bed", "East", {"size": 1}, shipped=True), Definition("bed", "North", {"size": 1})]
    opened = load(
        make(
            tmp_path,
            east="- {kind: bed, name: East, size: 2}\n- {kind: bed, name: East, size: 3, from: 2026-01-01}\n",
            broken="- kind: bed\n",
            bad="kind: [\n",
        ),
        shipped,
    )
    assert [(d.name, d.body["size"]) for d in opened.all("bed")] == [("East", 2), ("East", 3), ("North", 1)]
    latest = opened.get("bed", "East")
    assert latest is not None
    assert latest.body["size"] == 3
    then = opened.get("bed", "East", date(2025, 1, 1))
    assert then is not None
    assert then.body["size"] == 2
    assert opened.get("bed", "South") is None
    assert {issue.where for issue in opened.issues} == {"definitions/broken.yaml:1", "definitions/bad.yaml:2"}


def test_a_workspace_is_found_from_inside(tmp_path: Path) -> None:
    folder = make(tmp_path / "green", east="kind: bed\nname: East\n")
    assert find(folder / "definitions") == folder.resolve()


def test_none_found_names_where_it_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(Stop) as caught:
        find(tmp_path)
    issue = caught.value.issues[0]
    assert (issue.where, issue.code, caught.value.exit_code) == (str(tmp_path.resolve()), "no-workspace", USAGE)


@pytest.mark.parametrize("name", ["gren", "saleswright.toml"])
def test_opening_never_falls_back_to_a_folder_above(tmp_path: Path, name: str) -> None:
    folder = make(tmp_path)
    with pytest.raises(Stop, match=r"no saleswright\.toml in this folder"):
        load(folder / name)


def test_who_may_see_what(tmp_path: Path) -> None:
    access = "- {kind: access, name: ann, scope: 'bed:East', hide: [plant.price]}\n- {kind: access, name: bo, scope: company}\n"
    opened = load(make(tmp_path, "format = 1\n[defaults]\nactor = 'ann'\n", access=access))
    ann = opened.policy()
    assert (ann.actor, ann.scope, ann.shape, ann.member) == ("ann", "bed:East", "bed", "East")
    assert not ann.field_allowed("plant", "price")
    assert ann.field_allowed("plant", "height")
    assert opened.policy("bo").scope == "company"
    with pytest.raises(Stop) as caught:
        opened.policy("zed")
    assert caught.value.exit_code == NOT_ALLOWED


@pytest.mark.parametrize("name", ["me", "saleswright", "outbox"])
def test_nobody_can_be_called_what_the_program_calls_itself_or_the_person_at_the_machine(
    tmp_path: Path, name: str
) -> None:
    """The person at the machine is asked for without a name: whoever is called so would be given the whole company."""
    opened = load(make(tmp_path, access=f"kind: access\nname: {name}\nscope: bed:East\n"))
    with pytest.raises(Stop, match="nobody else can be called so"):
        opened.policy(name)
    assert opened.policy().actor == "me"


def test_a_day_begins_and_ends_where_the_workspace_is(tmp_path: Path, pin_now: Callable[[str], object]) -> None:
    """Access up to a day is over when that day begins in the workspace's zone, not in Greenwich."""
    grant = "kind: access\nname: ana\nscope: company\nfrom: 2026-11-23\nto: 2026-11-24\n"
    opened = load(make(tmp_path, 'format = 1\nzone = "America/Los_Angeles"\n', access=grant))
    for moment, may in (
        ("2026-11-23T07:59:59", False),
        ("2026-11-23T08:00:00", True),
        ("2026-11-24T07:59:59", True),
        ("2026-11-24T08:00:00", False),
    ):
        pin_now(f"{moment}+00:00")
        if may:
            assert opened.policy("ana").actor == "ana", moment
        else:
            with pytest.raises(Stop):
                opened.policy("ana")


def test_a_scope_narrows_and_never_widens(tmp_path: Path) -> None:
    access = "- {kind: access, name: ann, scope: 'bed:East'}\n- {kind: access, name: bo, scope: company}\n"
    opened = load(make(tmp_path, access=access))
    assert opened.policy("bo").narrow("bed:East").scope == "bed:East"
    assert opened.policy("ann").narrow("bed:East") == opened.policy("ann").narrow("") == opened.policy("ann")
    for wider in ("company", "bed:West"):
        with pytest.raises(Stop) as caught:
            opened.policy("ann").narrow(wider)
        assert caught.value.exit_code == NOT_ALLOWED
