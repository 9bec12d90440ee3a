"""What a file is, from its name, its headers in several languages and its values."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from saleswright.data.mapping.model import read_mapping
from saleswright.data.mapping.stages import propose_stages
from saleswright.data.mapping.write import stages_yaml
from saleswright.demo import emit, world
from saleswright.history.schema import entities
from saleswright.kernel.definition import Definition, read_definitions

Write = Callable[..., Path]

DEMO = {
    "User": ("person", "rows"),
    "UserHistory": ("person", "fields"),
    "Account": ("account", "rows"),
    "Contact": ("contact", "rows"),
    "Lead": ("lead", "rows"),
    "Opportunity": ("deal", "rows"),
    "OpportunityHistory": ("deal", "events"),
    "OpportunityFieldHistory": ("deal", "fields"),
    "OpportunityContactRole": ("deal_contact", "rows"),
    "OpportunityLineItem": ("line_item", "rows"),
    "OpportunitySplit": ("split", "rows"),
    "Product2": ("product", "rows"),
    "Campaign": ("campaign", "rows"),
    "CampaignMember": ("touch", "rows"),
    "Task": ("activity", "rows"),
    "Event": ("activity", "rows"),
    "DatedConversionRate": ("rate", "rows"),
    "quotas": ("quota", "rows"),
    "plan": ("plan_line", "rows"),
    "forecast_calls": ("forecast_call", "rows"),
    "spend": ("spend", "rows"),
    "subscriptions": ("subscription", "rows"),
}


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("export")
    return emit.emit(world.build(5, date(2026, 11, 20), months=6), folder)


def test_a_salesforce_export_maps_without_a_question(export: list[Path], inbox: Callable[..., Any]) -> None:
    box = inbox(export)
    found = {}
    for name, one in box.guesses.items():
        assert one.mapping is not None, name
        assert [str(i) for i in one.issues if i.level != "note"] == []
        assert box.rejected(name) == [], name
        found[name.removesuffix(".csv")] = (one.mapping.entity, one.mapping.layout)
        count = box.facts(name, "SELECT count(*), count(DISTINCT id) FROM {facts}")[0]
        if one.mapping.layout == "rows":
            assert count[0] == count[1], name
    assert found == DEMO
    deal = box.mapping("Opportunity.csv")
    assert deal.fixed == ("created", "qualified"), "the history dates the close"
    assert (deal.deleted, deal.ids) == ("IsDeleted", "salesforce")
    assert {c for c, rules in deal.columns.items() if not rules} == {"IsClosed", "IsWon"}
    assert box.mapping("OpportunityFieldHistory.csv").names == {"Owner": "owner", "NextStep": "next_step"}
    assert "currency" not in box.mapping("OpportunityHistory.csv").defaults


def test_references_between_its_files_meet(export: list[Path], inbox: Callable[..., Any]) -> None:
    box = inbox(export)
    deals = {row[0] for row in box.facts("Opportunity.csv", "SELECT id FROM {facts}")}
    people = {row[0] for row in box.facts("User.csv", "SELECT id FROM {facts}")}
    assert {row[0] for row in box.facts("OpportunityHistory.csv", "SELECT DISTINCT id FROM {facts}")} <= deals
    assert {row[0] for row in box.facts("Opportunity.csv", "SELECT DISTINCT owner FROM {facts}")} <= people
    assert {row[0] for row in box.facts("quotas.csv", "SELECT DISTINCT person FROM {facts}")} <= people
    changed = "SELECT DISTINCT value FROM {facts} WHERE field = 'owner' AND value IS NOT NULL"
    assert {row[0] for row in box.facts("OpportunityFieldHistory.csv", changed)} <= people
    contacts, leads = box.facts("Task.csv", "SELECT count(contact), count(lead) FROM {facts}")[0]
    assert contacts > 0
    assert leads > 0


def test_columns_side_by_side_are_records_of_their_own(export: list[Path], inbox: Callable[..., Any]) -> None:
    box = inbox([path for path in export if path.name == "plan.csv"])
    rows = box.facts(
        "plan.csv", "SELECT name, count(*), count(amount), count(starts) FROM {facts} GROUP BY 1 ORDER BY 1"
    )
    months = rows[0][1]
    assert rows == [(name, months, months, months) for name in ("Expansion", "New Business", "Renewal")]


HEADERS = {
    "hubspot": (
        "Record ID,Deal Name,Deal Stage,Amount,Close Date,Create Date,Deal owner,Pipeline,Deal Type,Associated Company",
        "11,A,Qualified to buy,100.00,2026-05-01 10:00,2026-01-02 11:00,Ann Lee,Sales Pipeline,newbusiness,Acme",
        {"id", "name", "stage", "amount", "close", "created", "owner", "pipeline", "type", "account"},
    ),
    "pipedrive": (
        "ID,Title,Value,Currency,Stage,Expected close date,Deal created,Owner,Organization,Lost reason,Deal closed on",
        "5,B,100,EUR,Proposal Made,2026-05-01,2026-01-02 11:00:00,Ann Lee,Acme,,2026-05-03",
        {
            "id",
            "name",
            "amount",
            "currency",
            "stage",
            "expected_close",
            "created",
            "owner",
            "account",
            "lost_reason",
            "closed",
        },
    ),
    "german": (
        "Opportunity-ID;Opportunity-Name;Phase;Betrag;Währung;Schlusstermin;Erstellt am;Inhaber;Kunde",
        "1;A;Angebot;1.000,50;EUR;31.05.2026;02.01.2026;Ann Lee;Acme",
        {"id", "name", "stage", "amount", "currency", "close", "created", "owner", "account"},
    ),
    "french": (
        "ID;Nom de l'opportunité;Étape;Montant;Devise;Date de clôture;Date de création;Propriétaire;Compte",
        "1;A;Proposition;1000,50;EUR;31/05/2026;02/01/2026;Ann Lee;Acme",
        {"id", "name", "stage", "amount", "currency", "close", "created", "owner", "account"},
    ),
    "spanish": (
        "ID,Nombre de la oportunidad,Etapa,Importe,Moneda,Fecha de cierre,Fecha de creación,Propietario,Cuenta",
        "1,A,Propuesta,1000.50,EUR,31/05/2026,02/01/2026,Ann Lee,Acme",
        {"id", "name", "stage", "amount", "currency", "close", "created", "owner", "account"},
    ),
    "dutch": (
        "Deal ID;Dealnaam;Fase;Bedrag;Valuta;Sluitdatum;Aanmaakdatum;Eigenaar;Klant",
        "1;A;Offerte;1000,50;EUR;31-05-2026;02-01-2026;Ann Lee;Acme",
        {"id", "name", "stage", "amount", "currency", "close", "created", "owner", "account"},
    ),
}


@pytest.mark.parametrize("layout", HEADERS)
def test_labels_of_other_sources(inbox: Callable[..., Any], csv_file: Write, layout: str) -> None:
    header, row, fields = HEADERS[layout]
    box = inbox([csv_file("export.csv", f"{header}\n{row}\n")])
    mapping = box.mapping("export.csv")
    assert mapping.entity == "deal"
    assert {name for _, rule in mapping.rules for name in rule.fields} == fields
    assert box.rejected("export.csv") == []


def test_values_overrule_names(inbox: Callable[..., Any], csv_file: Write) -> None:
    box = inbox([csv_file("deals.csv", "deal_id,stage,amount,close_date\n1,Open,large,when ready\n2,Won,small,soon\n")])
    issues = {issue.what.split(":")[0] for issue in box.guesses["deals.csv"].issues if issue.code == "values_disagree"}
    assert issues == {"amount", "close_date"}
    assert box.mapping("deals.csv").columns["amount"] == ()


def test_every_mistake_in_a_mapping_is_told_at_once() -> None:
    body = {
        "entity": "deal",
        "layout": "row",
        "source": "My CRM",
        "fixed": ["created", "won"],
        "read": {"dates": "american", "mark": "."},
        "columns": {"a": "ammount", "b": {"field": "amount", "color": 1}, "c": "amount"},
        "colums": {},
    }
    mapping, issues = read_mapping(Definition("mapping", "x", body, file="m.yaml", line=1), entities())
    assert mapping is None
    told = " | ".join(issue.what for issue in issues)
    wrong = ["'colums'", "'row'", "'My CRM'", "'won'", "'american'", "'mark'", "'ammount'", "'color'"]
    for part in [*wrong, "both set amount", "no column is the id", "no column sets 'created'"]:
        assert part in told, told
    near = next(issue for issue in issues if "ammount" in issue.what)
    assert "did you mean amount" in near.try_


def test_stages_by_name(tmp_path: Path) -> None:
    names = [
        "Prospecting",
        "Discovery",
        "Closed Won",
        "Closed Lost",
        "Disqualified",
        "Gewonnen",
        "Perdu",
        "Zwischenstand",
    ]
    body, issues = propose_stages([(name, 1) for name in names])
    assert body["stages"] == {
        "Prospecting": {"standing": "open", "qualified": False},
        "Discovery": "open",
        "Closed Won": "won",
        "Closed Lost": "lost",
        "Disqualified": "disqualified",
        "Gewonnen": "won",
        "Perdu": "lost",
        "Zwischenstand": "open",
    }
    assert [issue.code for issue in issues] == ["stages_untold"]
    path = tmp_path / "stages.yaml"
    path.write_text(stages_yaml(body, rows={"Discovery": 12}), encoding="utf-8")
    definitions, problems = read_definitions(path, "stages.yaml")
    assert problems == []
    assert dict(definitions[0].body) == body


def test_an_unknown_file_says_what_a_person_can_do_without_a_mapping(
    inbox: Callable[..., Any], csv_file: Write
) -> None:
    box = inbox([csv_file("colours.csv", "hue,tint\nred,dark\nblue,light\n")])
    [issue] = box.guesses["colours.csv"].issues
    assert issue.code == "not_recognised"
    assert issue.try_.startswith("rename its columns to what they are (such as Opportunity ID, Stage, Amount)")


def test_stages_that_tell_nothing_name_the_file_to_write_them_in() -> None:
    _, issues = propose_stages([("Zwischenstand", 3), ("Won", 1)])
    assert "definitions/stages.yaml" in issues[0].try_
