"""Does Python get the same numbers as every other face?"""

from __future__ import annotations

import copy
import inspect
import pickle
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import jsonschema
import pytest

from saleswright.faces.python import Book, open_book
from saleswright.kernel.envelope import schema
from saleswright.lib.issue import Stop
from saleswright.lib.money import Money
from tests.faces import toy


@pytest.fixture
def book(tmp_path: Path) -> Book:
    return open_book(toy.build(), toy.make(tmp_path))


def test_an_action_is_a_method(book: Book) -> None:
    answer = book.grow("fern", by="bed", where={"a": "b"}, names=["x"], top=3, dead=True)
    assert answer.value == 0.6315
    assert answer.report.lede == (
        "by=bed period=this quarter where=(('a', 'b'),) names=('x',) top=3 dead=True chart=True"
    )
    assert [figure.name for figure in answer.figures[:2]] == ["survival", "worth"]
    assert answer.issues[0].code == "no-name"
    assert book.import_undo("r1").report.title == "Took back r1"
    assert book.import_("seeds.csv").report.changed == 0


def test_a_method_shows_its_signature_and_help(book: Book) -> None:
    assert list(inspect.signature(book.grow).parameters)[:3] == ["plant", "by", "period"]
    assert inspect.signature(book.grow).parameters["period"].default == "this quarter"
    assert inspect.getdoc(book.grow) == toy.grow.doc
    assert {"grow", "import_", "import_undo", "as_of"} <= set(dir(book))


def test_ambient_options_give_a_new_book(book: Book) -> None:
    other = (
        book.as_of(date(2025, 1, 1)).known("2025-02-01").as_actor("bo").scope("bed:East").snap("r1.j0").currency("EUR")
    )
    ambient = other.ambient
    assert (ambient.as_of, ambient.known, ambient.actor) == ("2025-01-01", "2025-02-01", "bo")
    assert (ambient.scope, ambient.snap, ambient.currency) == ("bed:East", "r1.j0", "EUR")
    assert book.ambient.as_of == ""
    assert other.grow("fern").outcome.as_of == "2025-01-01"


def test_an_actor_with_less_access_is_refused(book: Book) -> None:
    with pytest.raises(Stop, match="ann may not see this"):
        book.as_actor("ann").scope("bed:West").grow("fern")


def test_wrong_calls_say_what_is_wrong(book: Book) -> None:
    with pytest.raises(Stop, match="did you mean fern"):
        book.grow("frn")
    with pytest.raises(TypeError, match="takes 8 arguments, not 9"):
        book.grow(*range(9))
    with pytest.raises(TypeError, match="plant twice"):
        book.grow("fern", plant="moss")
    with pytest.raises(AttributeError, match="no 'grwo'"):
        _ = book.grwo


def test_rows_and_frame_hold_exact_values(book: Book) -> None:
    answer = book.grow("fern")
    assert answer.rows[0]["bed"] == "East, south"
    assert answer.rows[0]["worth"] == Money(-5000, "USD")
    frame = answer.df
    assert frame["survival"][0] == 0.6315
    assert frame["worth"][0] == Decimal("-50.00")
    assert frame["worth_currency"][0] == "USD"
    assert frame["survival_ref"][0] == toy.reference("survival", "East")
    assert book.explain(toy.reference("survival")).rows == [
        {"name": "rows", "unit": "count", "value": 6711, "value_ref": toy.reference("survival")}
    ]


def test_the_headline_opens(book: Book) -> None:
    assert book.grow("fern").explain().report.title == "What stands behind survival?"
    with pytest.raises(Stop, match="no figure of this answer has a reference"):
        book.spell("x").explain()


def test_json_is_the_envelope(book: Book) -> None:
    jsonschema.validate(book.grow("fern").json(), schema())


def test_a_notebook_gets_escaped_html(book: Book) -> None:
    html = book.spell("<script>alert(1)</script>")._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "<strong>63.15%</strong>" in book.grow("fern")._repr_html_()
    assert "cannot say yet: no bed was measured" in repr(book.grow("fern"))


def test_a_book_can_be_copied(book: Book) -> None:
    assert copy.copy(book) == book
    assert not hasattr(copy.copy(book), "__deepcopy__")
    assert pickle.loads(pickle.dumps(book.ambient)) == book.ambient


def test_without_a_folder_the_present_one_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = toy.make(tmp_path / "green") / "definitions"
    monkeypatch.chdir(inner)
    assert open_book(toy.build()).workspace.root == inner.parent.resolve()
    with pytest.raises(Stop, match=r"no saleswright\.toml in this folder"):
        open_book(toy.build(), inner)


def test_pandas_is_imported_only_for_a_frame() -> None:
    check = "import sys, saleswright.faces.python; sys.exit('pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0
