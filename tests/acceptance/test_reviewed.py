"""Ways in which an import, an undo or an access definition once went wrong; none may again."""

from __future__ import annotations

from pathlib import Path

import pytest

import saleswright
from saleswright.app import build
from saleswright.faces.python import Book
from saleswright.lib.issue import Stop
from saleswright.lib.money import Money
from tests.workspaces import book

HEAD = "id,account,owner,stage,qualified,closed,amount\n"


def deals(path: Path, *rows: str, head: str = HEAD) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(head + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    return path


def take_in(folder: Path, path: Path) -> object:
    app = build()
    return app.call(app.open_workspace(folder), "import", {"path": str(path)}).report


def won(folder: Path) -> object:
    return saleswright.open(folder).measure("won_value").value


def test_two_files_of_one_full_export_do_not_remove_each_other(tmp_path: Path) -> None:
    deals(
        tmp_path / "x/deals_north.csv",
        "a1,A,Ann,Won,2026-01-05,2026-02-05,100",
        "a2,A,Ann,Won,2026-01-05,2026-02-05,200",
    )
    deals(tmp_path / "x/deals_south.csv", "b1,B,Bob,Won,2026-01-05,2026-02-05,300")
    book(tmp_path / "x")(tmp_path / "w")
    mappings = sorted((tmp_path / "w/definitions/mappings").glob("deals*.yaml"))
    text = (
        mappings[0].read_text(encoding="utf-8").replace("file: deals_north.csv", "file: deals_*.csv") + "full: true\n"
    )
    mappings[0].write_text(text, encoding="utf-8")
    take_in(tmp_path / "w", tmp_path / "x")
    assert won(tmp_path / "w") == Money(60000, "USD")
    deals(tmp_path / "x/deals_south.csv", "b2,B,Bob,Won,2026-01-05,2026-02-05,7")
    take_in(tmp_path / "w", tmp_path / "x")
    assert won(tmp_path / "w") == Money(30700, "USD")
    deals(
        tmp_path / "x/deals_south.csv", "b2,B,Bob,Won,2026-01-05,2026-02-05,7oo", "b3,B,Bob,Won,2026-01-05,2026-02-05,5"
    )
    report = take_in(tmp_path / "w", tmp_path / "x")
    assert won(tmp_path / "w") == Money(31200, "USD"), "a rejected row is not a record that is gone"
    assert any("nothing is taken to be gone" in issue.what for issue in report.issues)  # type: ignore[attr-defined]


def test_a_proposal_never_replaces_a_mapping(tmp_path: Path) -> None:
    deals(tmp_path / "deals-1.csv", "a1,A,Ann,Won,2026-01-05,2026-02-05,100")
    book(tmp_path / "deals-1.csv")(tmp_path / "w")
    mapping = tmp_path / "w/definitions/mappings/deals_1.yaml"
    mapping.write_text(mapping.read_text(encoding="utf-8").replace("currency: USD", "currency: EUR"), encoding="utf-8")
    kept = mapping.read_text(encoding="utf-8")
    other = "Id,Account,Owner,Stage,Qualified Date,Close Date,Amount,Region\n"
    take_in(tmp_path / "w", deals(tmp_path / "deals 1.csv", "b1,A,Ann,Won,2026-01-05,2026-02-05,50,North", head=other))
    assert mapping.read_text(encoding="utf-8") == kept
    assert saleswright.open(tmp_path / "w").currency("EUR").measure("won_value", where=["currency=EUR"]).value == Money(
        10000, "EUR"
    )


def test_the_next_export_of_the_same_columns_is_read_as_the_last_one_was(tmp_path: Path) -> None:
    deals(tmp_path / "deals-1.csv", "a1,A,Ann,Won,2026-01-05,2026-02-05,100")
    book(tmp_path / "deals-1.csv")(tmp_path / "w")
    mapping = tmp_path / "w/definitions/mappings/deals_1.yaml"
    mapping.write_text(mapping.read_text(encoding="utf-8").replace("currency: USD", "currency: EUR"), encoding="utf-8")
    take_in(tmp_path / "w", deals(tmp_path / "report 8812.csv", "b1,A,Ann,Won,2026-01-05,2026-02-05,50"))
    assert [path.name for path in (tmp_path / "w/definitions/mappings").iterdir()] == ["deals_1.yaml"]
    euros = saleswright.open(tmp_path / "w").currency("EUR").measure("won_value", where=["currency=EUR"]).value
    assert euros == Money(15000, "EUR"), "what a person wrote into the mapping holds for the next export too"


def test_a_source_that_changes_the_order_of_its_dates_is_read_anew(tmp_path: Path) -> None:
    day = [(f"2026-01-{d:02}", f"2026-02-{d:02}") for d in range(13, 28)]
    deals(tmp_path / "a/deals.csv", *(f"d{i},A,Ann,Won,{q},{c},100" for i, (q, c) in enumerate(day)))
    book(tmp_path / "a/deals.csv")(tmp_path / "w")
    turned = [("/".join(reversed(q.split("-"))), "/".join(reversed(c.split("-")))) for q, c in day]
    rows = [f"d{i},A,Ann,Won,{q},{c},100" for i, (q, c) in enumerate(turned)]
    report = take_in(tmp_path / "w", deals(tmp_path / "b/deals.csv", *rows))
    assert report.changed == 0 and won(tmp_path / "w") == Money(150000, "USD")
    deals(tmp_path / "b/deals.csv", *rows[:-1], rows[-1].replace("Ann", "Bob"))
    take_in(tmp_path / "w", tmp_path / "b/deals.csv")
    take_in(tmp_path / "w", deals(tmp_path / "b/deals.csv", *rows))
    assert len(list((tmp_path / "w/definitions/mappings").iterdir())) == 2, "each form keeps its mapping"


def test_the_same_file_name_with_other_headers_is_another_mapping(tmp_path: Path) -> None:
    book(deals(tmp_path / "a/deals.csv", "a1,A,Ann,Won,2026-01-05,2026-02-05,100"))(tmp_path / "w")
    other = "Opportunity ID,Opportunity Name,Stage,Qualified Date,Close Date,Amount\n"
    take_in(tmp_path / "w", deals(tmp_path / "b/deals.csv", "b1,B,Won,2026-01-05,2026-02-05,50", head=other))
    assert won(tmp_path / "w") == Money(15000, "USD")
    build().call(build().open_workspace(tmp_path / "w"), "rebuild", {})
    assert won(tmp_path / "w") == Money(15000, "USD")


def test_an_undo_of_an_undo_of_an_undo_goes_on_turning(tmp_path: Path) -> None:
    book(deals(tmp_path / "deals.csv", "a1,A,Ann,Won,2026-01-05,2026-02-05,100"))(tmp_path / "w")
    app = build()
    seen = []
    for run in (1, 2, 3, 4):
        app.call(app.open_workspace(tmp_path / "w"), "import undo", {"run": run})
        seen.append(saleswright.open(tmp_path / "w").measure("won_deals").value)
    # A record without any deal cannot say that none was won.
    assert seen == [None, 1, None, 1]
    with pytest.raises(Stop):
        app.call(app.open_workspace(tmp_path / "w"), "import undo", {"run": 2})


def test_the_peoples_own_file_has_the_last_word_on_names(tmp_path: Path) -> None:
    deals(tmp_path / "x/deals.csv", "a1,A,EMP-1,Won,2026-01-05,2026-02-05,100")
    (tmp_path / "x/users.csv").write_text("id,name,team\nEMP-1,Ann Lee,West\n", encoding="utf-8")
    book(tmp_path / "x")(tmp_path / "w")
    take_in(tmp_path / "w", deals(tmp_path / "y/deals.csv", "a2,A,EMP-1,Won,2026-01-05,2026-02-05,100"))
    opened = saleswright.open(tmp_path / "w")
    assert [row["owner"] for row in opened.measure("won_deals", by="owner").rows] == ["Ann Lee"]
    assert opened.measure("won_deals", where=["owner=Ann Lee"]).value == 2
    assert opened.scope("owner:Ann Lee").measure("won_deals").value == 2


def test_the_same_id_twice_under_the_header_id_is_rejected(tmp_path: Path) -> None:
    head = "Id,Name,OwnerId,StageName,Amount,CreatedDate,CloseDate\n"
    rows = ("1,One,5,Closed Won,100,2026-01-05,2026-02-05", "1,Two,5,Closed Won,200,2026-01-05,2026-02-05")
    report = (
        build()
        .call(None, "init", {"folder": str(tmp_path / "w"), "from": str(deals(tmp_path / "d.csv", *rows, head=head))})
        .report
    )
    assert report.exit_code == 3 and any("already on line 2" in issue.what for issue in report.issues)


def test_a_name_that_two_records_share_means_both(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "x/accounts.csv").write_text("account id,account name\nc1,Acme\nc2,Acme\n", encoding="utf-8")
    head = "id,account id,stage,qualified,closed,amount\n"
    deals(
        tmp_path / "x/deals.csv", "1,c1,Won,2026-01-05,2026-02-05,100", "2,c2,Won,2026-01-05,2026-02-05,200", head=head
    )
    book(tmp_path / "x")(tmp_path / "w")
    assert saleswright.open(tmp_path / "w").measure("won_value", where=["account=acme"]).value == Money(30000, "USD")


@pytest.fixture
def guarded(tmp_path: Path) -> Path:
    deals(
        tmp_path / "x/deals.csv",
        "a1,Acorn,Ann,Won,2026-01-05,2026-02-05,100",
        "b1,SecretCorp,Bea,Won,2026-01-05,2026-02-05,987654",
    )
    (tmp_path / "x/users.csv").write_text("id,name,team\nAnn,Ann,West\nBea,Bea,East\n", encoding="utf-8")
    book(tmp_path / "x")(tmp_path / "w")
    return tmp_path / "w"


def access(folder: Path, text: str, actor: str = "ann") -> Book:
    (folder / "definitions/access.yaml").write_text(text, encoding="utf-8")
    return saleswright.open(folder).as_actor(actor)


@pytest.mark.parametrize(
    "grant",
    [
        "{kind: access, name: ann, scope: company, to: 2026-01-31}",
        "{kind: access, name: ann, scop: company}",
        "{kind: access, name: ann}",
        "{kind: access, name: ann, scope: company, hide: owner}",
    ],
)
def test_a_grant_that_is_over_or_cannot_be_read_grants_nothing(guarded: Path, grant: str) -> None:
    with pytest.raises(Stop) as stop:
        access(guarded, f"- {grant}\n").measure("won_deals")
    assert stop.value.exit_code == 5


def test_the_later_of_two_dated_grants_holds(guarded: Path) -> None:
    text = (
        "- {kind: access, name: ann, scope: company, to: 2026-06-01}\n"
        "- {kind: access, name: ann, scope: 'team:West', from: 2026-06-01}\n"
    )
    assert access(guarded, text).measure("won_deals").value == 1


@pytest.mark.parametrize(
    ("hide", "asked"),
    [
        ("deal.amount", ("won_value", {})),
        ("person.team", ("won_deals", {"by": "team"})),
        ("account.industry", ("won_deals", {"by": "industry"})),
        ("account.name", ("won_deals", {"by": "account"})),
        ("deal.owner", ("won_deals", {"where": ["owner=Ann"]})),
    ],
)
def test_a_hidden_field_is_neither_shown_nor_filtered_nor_grouped_by(
    guarded: Path, hide: str, asked: tuple[str, dict[str, object]]
) -> None:
    book_of = access(guarded, f"- {{kind: access, name: ann, scope: company, hide: [{hide}]}}\n")
    with pytest.raises(Stop) as stop:
        book_of.measure(asked[0], **asked[1])
    assert stop.value.exit_code == 5


def test_hidden_fields_are_not_in_the_rows_either(guarded: Path) -> None:
    hidden = access(
        guarded, "- {kind: access, name: ann, scope: company, hide: [deal.amount, deal.account, deal.owner]}\n"
    )
    told = str(hidden.explain(hidden.measure("won_deals").figures[0].ref).json())
    assert "987654" not in told and "SecretCorp" not in told and "Bea" not in told


def test_a_narrow_scope_learns_nothing_of_the_rest(guarded: Path) -> None:
    ann = access(guarded, "- {kind: access, name: ann, scope: 'team:West'}\n")
    for name in ("secretcorp", "nosuch"):
        figure = ann.measure("new_deals", where=[f"account={name}"]).figures[0]
        assert figure.n == 0 and f"where=account:{name};" in figure.ref
    assert "deals.csv" not in str(ann.check().json())


def test_a_balance_is_read_where_its_period_ends(tmp_path: Path) -> None:
    rows = ("a,A,Ann,Won,2025-06-05,2026-02-05,100", "b,A,Ann,Negotiation,2026-01-05,,5")
    book(deals(tmp_path / "deals.csv", *rows))(tmp_path / "w")
    opened = saleswright.open(tmp_path / "w")
    assert opened.measure("open_deals", period="2025").value == 1
    assert opened.measure("open_deals", period="2026-01").value == 2
    assert opened.measure("open_deals").value == 1
    figure = opened.measure("open_deals", period="2026-01").figures[0]
    table = next(block for block in opened.explain(figure.ref).report.blocks if getattr(block, "name", "") == "rows")
    assert len(table.rows) == 2


def test_what_means_nothing_to_a_command_is_refused(guarded: Path) -> None:
    app = build()
    from saleswright.kernel.call import Ambient

    with pytest.raises(Stop) as stop:
        app.call(app.open_workspace(guarded), "rebuild", {}, Ambient(scope="team:West"))
    assert stop.value.exit_code == 2
