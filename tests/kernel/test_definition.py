"""Are definitions dated, and does each say where it is written?"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from saleswright.kernel.definition import Definition, digest, overlay, read_definitions
from saleswright.lib.issue import Issue


def read(tmp_path: Path, text: str) -> tuple[list[Definition], list[Issue]]:
    path = tmp_path / "beds.yaml"
    path.write_text(text, encoding="utf-8")
    return read_definitions(path, "definitions/beds.yaml")


def test_a_definition_knows_file_and_line_of_every_part(tmp_path: Path) -> None:
    found, issues = read(
        tmp_path,
        """# beds
- kind: bed
  name: East
  doc: The one in the sun.
  from: 2026-01-01
  to: 2027-01-01
  rows:
    - plant: fern
      gap: 3
    - plant: moss
- kind: bed
  name: West
""",
    )
    assert issues == []
    east, west = found
    assert (east.kind, east.name, east.doc) == ("bed", "East", "The one in the sun.")
    assert dict(east.body) == {"rows": [{"plant": "fern", "gap": 3}, {"plant": "moss"}]}
    assert east.where() == "definitions/beds.yaml:2"
    assert east.where("rows.0.gap") == "definitions/beds.yaml:9  rows.0.gap"
    assert east.where("rows.1") == "definitions/beds.yaml:10  rows.1"
    assert west.where() == "definitions/beds.yaml:11"


def test_a_definition_is_in_force_on_half_open_dates(tmp_path: Path) -> None:
    found, _ = read(tmp_path, "kind: bed\nname: East\nfrom: 2026-01-01\nto: 2026-02-01\n")
    days = [date(2025, 12, 31), date(2026, 1, 1), date(2026, 1, 31), date(2026, 2, 1)]
    assert [found[0].on(day) for day in days] == [False, True, True, False]
    assert read(tmp_path, "kind: bed\nname: East\n")[0][0].on(date(1999, 1, 1))


def test_all_issues_of_a_file_come_at_once_with_their_lines(tmp_path: Path) -> None:
    found, issues = read(
        tmp_path,
        """- kind: bed
- just text
- kind: bed
  name: Good
- kind: bed
  name: Turned
  from: 2026-02-01
  to: 2026-01-01
- kind: bed
  name: Timed
  from: 2026-02-01 10:00:00
- kind: bed
  name: Wordy
  from: spring
""",
    )
    assert [item.name for item in found] == ["Good"]
    assert [issue.where for issue in issues] == [f"definitions/beds.yaml:{line}" for line in (1, 2, 5, 9, 12)]
    assert [issue.what for issue in issues[:2]] == ["a definition without name", "a definition without kind and name"]
    assert "2026-02-01 to 2026-01-01" in issues[2].what


@pytest.mark.parametrize(("text", "line"), [("kind: [bed\nname: x\n", 2), ("a: 1\n  b: 2\n", 2), ("\tkind: bed\n", 1)])
def test_what_is_not_yaml_says_where(tmp_path: Path, text: str, line: int) -> None:
    found, issues = read(tmp_path, text)
    assert found == []
    assert issues[0].where == f"definitions/beds.yaml:{line}"
    assert "not YAML" in issues[0].what


def test_an_empty_file_defines_nothing(tmp_path: Path) -> None:
    assert read(tmp_path, "# nothing yet\n") == ([], [])


def test_no_tag_runs_code(tmp_path: Path) -> None:
    found, issues = read(tmp_path, "kind: bed\nname: !!python/object/apply:os.getcwd []\n")
    assert found == []
    assert len(issues) == 1


def test_the_hash_is_of_the_content_not_of_the_place(tmp_path: Path) -> None:
    one = read(tmp_path, "kind: bed\nname: East\nsize: 3\nsun: yes\n")[0][0]
    same = read(tmp_path, "# moved\n- kind: bed\n  name: East\n  sun: yes\n  size: 3\n  doc: words\n")[0][0]
    other = read(tmp_path, "kind: bed\nname: East\nsize: 4\nsun: yes\n")[0][0]
    later = read(tmp_path, "kind: bed\nname: East\nsize: 3\nsun: yes\nfrom: 2026-01-01\n")[0][0]
    assert one.hash == same.hash
    assert len({one.hash, other.hash, later.hash}) == 3
    assert digest({"b": 1, "a": 2}) == digest({"a": 2, "b": 1})


def test_later_layers_win_by_kind_name_and_date() -> None:
    def bed(name: str, size: int, start: date = date(1, 1, 1)) -> Definition:
        return Definition("bed", name, {"size": size}, start=start)

    merged = overlay([[bed("East", 1), bed("West", 1)], [bed("East", 2), bed("East", 3, date(2026, 1, 1))]])
    assert [(item.name, item.body["size"], item.start.year) for item in merged] == [
        ("East", 2, 1),
        ("West", 1, 1),
        ("East", 3, 2026),
    ]


@pytest.mark.parametrize(
    ("text", "where", "words"),
    [
        ("kind: bed\nname: x\nfrom: 2026-31-11\n", ":3", "2026-01-31"),
        ("- kind: bed\n  name: x\n  rows:\n    - {sown: 2026-02-30}\n", ":4", "2026-01-31"),
        ("kind: bed\nname: x\nfrom: '2026-11-01'\n", ":1", "write 2026-11-01 without quotes"),
        ("kind: bed\nname: x\nfrom: 2026-01-01\nto: '2026-11-01'\n", ":1", "write 2026-11-01 without quotes"),
        ("kind: bed\nname: x\nfrom: spring\n", ":1", "write dates as"),
    ],
)
def test_a_date_that_is_none_is_told_with_its_line(tmp_path: Path, text: str, where: str, words: str) -> None:
    found, issues = read(tmp_path, text)
    assert found == [] and len(issues) == 1
    assert issues[0].where == f"definitions/beds.yaml{where}" and words in issues[0].try_


def test_what_is_not_utf8_is_told(tmp_path: Path) -> None:
    path = tmp_path / "beds.yaml"
    path.write_bytes(b"kind: bed\nname: \xe9\xff\n")
    found, issues = read_definitions(path, "definitions/beds.yaml")
    assert found == [] and "UTF-8" in issues[0].what


def test_two_texts_of_one_name_and_date_know_of_each_other_in_one_layer_only() -> None:
    def bed(file: str, size: int) -> Definition:
        return Definition("bed", "East", {"size": size}, file=file, line=1)

    (own,) = overlay([[bed("shipped.yaml", 1)], [bed("mine.yaml", 2)]])
    assert own.body["size"] == 2 and not own.also
    (last,) = overlay([[bed("shipped.yaml", 1)], [bed("a.yaml", 2), bed("b.yaml", 3)]])
    assert last.body["size"] == 3 and last.also == ("a.yaml:1",)
