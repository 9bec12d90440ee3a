"""A toy product for the face's own tests: one chapter about ducks on a pond, with every kind of block."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from saleswright.kernel.action import Arg, Choice, action
from saleswright.kernel.call import Ambient, App
from saleswright.kernel.chapter import Chapter, Page
from saleswright.kernel.reference import Reference
from saleswright.kernel.report import Column, Figure, Note, Point, Report, Series, Table
from saleswright.kernel.workspace import Workspace
from saleswright.lib.fiscal import FiscalCalendar
from saleswright.lib.issue import CONFLICT, USAGE, Issue, Stop, unknown
from saleswright.lib.money import Money
from tests.faces.web.toy_pond import COUNTS, MONTHS, RATES, TEAMS, TODAY, WORDS, Pond, View, ref_of, share

__all__ = ["TEAMS", "TODAY", "Pond", "View", "make", "measure", "share"]


def metrics(view: Any) -> list[Choice]:
    return [
        Choice("win_rate", "Win rate", "Of decided deals, how many were won?"),
        Choice("new_deals", "New deals"),
        Choice("deal_size", "Deal size"),
        Choice("empty_rate", "Empty rate"),
    ]


def dimensions(view: Any) -> list[Choice]:
    return [Choice("team", "Team"), Choice("month", "Month")]


@action(effect="read", example={"metric": "win_rate", "by": "team"})
def measure(
    at: View,
    metric: Annotated[str, Arg("choice", "which metric", metrics, "metric")],
    by: Annotated[str | None, Arg("choice", "split by", dimensions, "dimension")] = None,
    period: Annotated[str, Arg("period", "which days")] = "2026",
    where: Annotated[tuple[tuple[str, str], ...], Arg("pairs", "filters")] = (),
) -> Report:
    """Measure one metric, split as you like."""
    if metric == "new_deals":
        whole = Figure(metric, sum(COUNTS), "count", "New deals", ref=ref_of(at, metric))
        points = [
            replace(p, figure=Figure(metric, n, "count", ref=ref_of(at, metric, by=(("month", p.label),))))
            for p, n in zip(_months(at, metric), COUNTS, strict=True)
        ]
        return Report(
            "How many new deals?", [whole, Series("by_month", "month", tuple(points), "New by month", "count")]
        )
    if metric == "deal_size":
        whole = Figure(metric, Money(23609149, "USD"), "money", "Deal size", n=585, ref=ref_of(at, metric))
        return Report("How large is a deal?", [whole])
    if metric == "empty_rate":
        return Report("What is the rate of nothing?", [share(metric, 0, 0, ref=ref_of(at, metric))])
    won, decided = map(sum, zip(*at.pond.teams.values(), strict=True))
    whole = share(metric, won, decided, label="Win rate", ref=ref_of(at, metric), excluded=185)
    members = tuple(
        Point(team, None, share(metric, w, n, label=team, ref=ref_of(at, metric, by=(("team", team),))))
        for team, (w, n) in at.pond.teams.items()
    )
    table = Table(
        "by_team",
        (
            Column("team", "Team"),
            Column("win_rate", "Win rate", "share"),
            Column("won", "Won", "count"),
            Column("value", "Value", "money"),
            Column("since", "Since", "date"),
        ),
        tuple((p.label, p.figure, at.pond.teams[p.label][0], Money(123456789, "USD"), TODAY) for p in members),
        "Win rate by team",
    )
    return Report(
        "How many decided deals do we win?",
        [
            whole,
            Series("by_team", "team", members, "Which teams differ?", "share"),
            Series("by_month", "month", _months(at, metric), "Is any month out of the ordinary?", "share"),
            table,
            Note("Months before December are not in the record.", "warning"),
            Note("Teams add to the whole.", "check"),
        ],
        lede="Two teams differ from the company.",
        footer=("Teams add to 585 of 1,568.",),
    )


def _months(at: View, metric: str) -> tuple[Point, ...]:
    return tuple(
        Point(
            f"{WORDS[month - 1].capitalize()} {year}",
            date(year, month, 1),
            share(metric, round(rate * n), n, ref=ref_of(at, metric, by=(("month", f"{year}-{month:02}"),))),
        )
        for (year, month), n, rate in zip(MONTHS, COUNTS, RATES, strict=True)
    )


@action(effect="read")
def explain(
    at: View, ref: Annotated[str, Arg(help="a figure's reference")], page: Annotated[int, Arg("int")] = 1
) -> Report:
    """Open a number: rows, formula, history, what was left out."""
    parsed = Reference.parse(ref)
    at.policy.require(parsed.scope)
    if parsed.release < 3:
        raise Stop(Issue(ref, "the state this number was made from was collected", "", "measure it again", code="gone"))
    if parsed.name not in {choice.value for choice in metrics(at)}:
        raise Stop(unknown("metric", parsed.name, [c.value for c in metrics(at)]), exit_code=USAGE)
    teams = [m for f, m in parsed.by if f == "team"]
    won, decided = at.pond.teams[teams[0]] if teams else tuple(map(sum, zip(*at.pond.teams.values(), strict=True)))
    rows = tuple(
        (f"Kestrel {i}", f"Rep {i % 40:02}", TODAY, "Won" if i % 3 else "Lost", Money(14000000 + i * 100, "USD"))
        for i in range(1, 60)
    )
    names = list(at.pond.teams)
    return Report(
        f"Win rate, {teams[0]}" if teams else "Win rate, by close date",
        [
            share(parsed.name, won, decided, excluded=185, ref=ref),
            Table(
                "rows",
                (
                    Column("deal", "Deal"),
                    Column("owner", "Owner"),
                    Column("closed", "Closed", "date"),
                    Column("outcome", "Outcome"),
                    Column("amount", "Amount", "money"),
                ),
                ((names[0], *rows[0][1:]), *rows[1:]),
            ),
            Table(
                "excluded",
                (Column("why", "Why"), Column("rows", "Rows", "count")),
                (("Renewals: deal type rule, since 1 Oct 2024", 150), ("Duplicate: lost reason rule", 35)),
            ),
            Table(
                "history",
                (Column("state", "State"), Column("value", "Value", "share")),
                (("Today", 0.3731), ("As it stood last Monday", 0.369)),
            ),
            Table(
                "definition",
                (Column("part", "Part"), Column("text", "Text")),
                (("Counts", "deals decided in the period"), ("File", "standard/win_rate.yaml:1")),
            ),
        ],
        lede="Closed 1 Dec 2025 to 22 Nov 2026, all six teams, new business.",
    )


@action(effect="apply")
def drain(desk: Any) -> Report:
    """Empty the pond."""
    raise AssertionError("never over the web")


@action(effect="read", alone=True)
def secret(at: View) -> Report:
    """Not offered."""
    return Report("secret", [])


@action(effect="read")
def trouble(at: View, kind: Annotated[str, Arg()] = "bug") -> Report:
    """Fail in every way."""
    if kind == "conflict":
        raise Stop(Issue("pond", "the water moved", "", "look again"), exit_code=CONFLICT)
    raise RuntimeError("SECRET-TRACE")


def build(view: View, args: Mapping[str, str]) -> dict[str, Any]:
    metric = args["metric"]
    if metric not in {choice.value for choice in metrics(view)}:
        raise Stop(unknown("metric", metric, [c.value for c in metrics(view)]), exit_code=USAGE)
    report = measure.run(view, metric)
    by = {block.name: block for block in report.blocks if isinstance(block, Series)}
    whole = report.blocks[0]
    fields = [
        {
            "name": "period",
            "label": "Period",
            "value": "2026",
            "choices": (("2026", "1 Dec 2025 to 22 Nov 2026"),),
            "required": True,
        },
        {
            "name": "by",
            "label": "By",
            "value": args.get("by", "team"),
            "choices": (("team", "Team, month"),),
            "required": True,
        },
        {
            "name": "team",
            "label": "Team",
            "value": args.get("team", ""),
            "none": "all",
            "choices": tuple((t, t) for t in view.pond.teams),
        },
    ]
    variants = [
        ("By close date", "Of deals decided in the period, how many were won?", whole, "", True),
        (
            "By month qualified",
            "Of deals qualified Dec to May, how many are won by now?",
            whole,
            "/kpi/new_deals",
            False,
        ),
    ]
    return {
        "title": whole.label or metric,
        "report": report,
        "whole": whole,
        "trend": by.get("by_month"),
        "breakdown": by.get("by_team"),
        "fields": fields,
        "variants": variants if metric == "win_rate" else [],
    }


def home(view: View, args: Mapping[str, str]) -> dict[str, Any]:
    tiles = [measure.run(view, name).blocks[0] for name in ("new_deals", "deal_size", "win_rate", "empty_rate")]
    return {
        "title": "How are we doing?",
        "tiles": tiles,
        "metrics": list(zip(metrics(view), [tiles[2], *tiles[:2], tiles[3]], strict=True)),
    }


def make(pond: Pond | None = None, root: Path = Path("."), **more: Any) -> tuple[App, Workspace, Pond]:
    """The composed toy."""
    pond = pond or Pond()
    pages = (
        Page("/", "How are we doing?", "home.html", home, nav="Home", icon="home", order=1),
        Page("/kpi/{metric}", "Metric", "metric.html", build),
        Page("/kpis", "Metrics", "home.html", home, nav="KPIs", icon="kpis", order=9),
    )
    chapter = Chapter(
        "win",
        "Measure",
        "Ducks",
        "How many ducks?\n\nMore prose.",
        Path(__file__).parent / "toy",
        (measure, explain, drain, secret, trouble),
        more.pop("pages", pages),
    )

    def open_context(workspace: Workspace, ambient: Ambient) -> View:
        pond.opened.append(ambient)
        policy = workspace.policy(ambient.actor).narrow(ambient.scope)
        return View(
            workspace,
            policy,
            pond,
            as_of_text=ambient.as_of or TODAY.isoformat(),
            snap=ambient.snap or f"r{pond.release}.j0",
            currency=ambient.currency or "USD",
        )

    workspace = Workspace(root, "Pond & Co", "USD", "UTC", FiscalCalendar(), more.pop("definitions", ()), sample=True)
    app = App((chapter,), lambda path: workspace, open_context, {"release": lambda ws: f"r{pond.release}"})
    return app, workspace, pond
