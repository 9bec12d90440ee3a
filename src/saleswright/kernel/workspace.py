"""Where does the business keep its rules? A folder: saleswright.toml, definitions/**/*.yaml, and state in .saleswright/.

The text is the user's own, under their git; .saleswright/ is ours to rebuild.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from saleswright.kernel.clock import now
from saleswright.kernel.definition import Definition, overlay, read_definitions
from saleswright.kernel.policy import Policy, refused
from saleswright.lib.fiscal import FiscalCalendar
from saleswright.lib.issue import NOT_ALLOWED, USAGE, Issue, Stop, unknown
from saleswright.lib.money import CURRENCIES
from saleswright.lib.zone import day_start, local_date

FILE = "saleswright.toml"
FORMAT = 1
# What answers questions: DuckDB reads the history's own file, Spark an export of it.
ENGINES = ("duckdb", "spark")
SCENARIOS = "scenarios"
_GRANT = ("scope", "hide")
OURS = {
    "me": "the person at the machine, who sees the company",
    "saleswright": "the program itself",
    "outbox": "who sends what was agreed to",
}
"""Names of actors that are taken: who bore one could act with more than their own access, or be taken for another."""
_SECTIONS = {
    "": ("format", "name", "currency", "zone", "sample", "engine", "export", "journal", "fiscal", "defaults", "spark"),
    "fiscal": ("pattern", "start_month", "start_weekday", "name_by"),
    "defaults": ("period", "actor"),
}


@dataclass(frozen=True)
class Workspace:
    """One opened workspace: settings, definitions in force, and every issue found in them."""

    root: Path
    name: str
    currency: str
    zone: str
    calendar: FiscalCalendar
    definitions: tuple[Definition, ...]
    issues: tuple[Issue, ...] = ()
    sample: bool = False
    defaults: Mapping[str, str] = field(default_factory=dict)
    engine: str = "duckdb"
    export: str = ""
    spark: Mapping[str, str] = field(default_factory=dict)
    # Where the journal is: a database's address or "env:NAME"; empty for a file in the state folder.
    journal: str = ""
    # The name of the scenario that is laid over the definitions; empty for the workspace as it is.
    scenario: str = ""
    # What the chapters find wrong with the definitions they read: each is handed a view of the record.
    checks: tuple[Callable[[Any], Iterable[Issue]], ...] = ()

    @cached_property
    def state(self) -> Path:
        """The folder of rebuildable state, ignored by git."""
        return self.root / ".saleswright"

    @property
    def today(self) -> date:
        """Which day it is here: what begins or ends with a day does so in the workspace's own zone."""
        return local_date(now().replace(tzinfo=None), self.zone)

    def all(self, kind: str, day: date | None = None) -> list[Definition]:
        """Definitions of a kind, in force on a day if one is given, by name then date."""
        found = [d for d in self._by_kind.get(kind, ()) if day is None or d.on(day)]
        return sorted(found, key=lambda d: (d.name, d.start))

    def get(self, kind: str, name: str, day: date | None = None) -> Definition | None:
        """The definition of that name in force on the day (the latest one when no day is given)."""
        found = [d for d in self.all(kind, day) if d.name == name]
        return found[-1] if found else None

    @cached_property
    def _by_kind(self) -> dict[str, list[Definition]]:
        grouped: dict[str, list[Definition]] = {}
        for item in self.definitions:
            grouped.setdefault(item.kind, []).append(item)
        return grouped

    @property
    def scenarios(self) -> list[str]:
        """The scenarios there are: folders of definitions in scenarios/."""
        folder = self.root / SCENARIOS
        return sorted(one.name for one in folder.iterdir() if one.is_dir()) if folder.is_dir() else []

    def under(self, scenario: str) -> Workspace:
        """This workspace with a scenario's definitions laid over its own, merged by (kind, name, from).

        Stop (usage) with the nearest names for one that is not there, and with every issue of one that cannot be read.
        """
        if scenario not in self.scenarios:
            missing = unknown("scenario", scenario, self.scenarios, where="scenario")
            if not self.scenarios:
                how = f"write what would differ into {SCENARIOS}/{scenario}/, such as a metric or what is left out"
                missing = Issue("scenario", f"there is no scenario '{scenario}'", "this workspace has none", how)
            raise Stop(missing, exit_code=USAGE)
        laid, issues = _read(self.root, f"{SCENARIOS}/{scenario}")
        issues += [
            Issue(one.where(), "a scenario does not say who sees what", "so it cannot be opened", "leave it out there")
            for one in laid
            if one.kind == "access"
        ]
        if issues:
            raise Stop(*issues)
        return replace(self, definitions=overlay([self.definitions, laid]), scenario=scenario)

    def policy(self, actor: str = "") -> Policy:
        """What this actor may see. Who is not named is the person at the machine, who sees the company."""
        actor = actor or self.defaults.get("actor", "")
        if not actor:
            return Policy("me")
        grant = self.get("access", actor, self.today)
        if grant is None:
            raise refused(actor, "this workspace")
        if actor in OURS:
            what = f"{actor} is {OURS[actor]}, so nobody else can be called so"
            raise Stop(Issue(grant.where("name"), what, "so nothing is shown", "another name"), exit_code=NOT_ALLOWED)
        hide = grant.body.get("hide", [])
        issues = [unknown("setting", key, _GRANT, where=grant.where(key)) for key in grant.body if key not in _GRANT]
        if not isinstance(grant.body.get("scope"), str):
            what = f"the access of {actor} names no scope"
            issues.append(
                Issue(grant.where(), what, "so nothing is shown", "scope: company, or such as scope: team:West")
            )
        if not isinstance(hide, list):
            what = f"hide is not a list: {hide}"
            issues.append(Issue(grant.where("hide"), what, "so nothing is shown", "hide: [person.email]"))
        if issues:
            # A grant that cannot be read grants nothing.
            raise Stop(*issues, exit_code=NOT_ALLOWED)
        return Policy(actor, str(grant.body["scope"]), frozenset(map(str, hide)))


def find(start: Path) -> Path:
    """The workspace folder: `start` or the nearest parent with saleswright.toml. Stop, naming each place searched."""
    start = start.resolve()
    for folder in (start, *start.parents):
        if (folder / FILE).is_file():
            return folder
    raise _absent(start, "here or in any folder above")


def named(folder: Path) -> Path:
    """The folder named, which must be a workspace itself.

    Never a folder above: from a mistyped name it would answer with another workspace's numbers.
    """
    if not (folder / FILE).is_file():
        raise _absent(folder, "in this folder")
    return folder


def _absent(folder: Path, searched: str) -> Stop:
    return Stop(
        Issue(
            str(folder),
            f"no {FILE} {searched}",
            "so there is no workspace to read numbers from",
            "saleswright init DIR --from your-export.csv, saleswright demo, or -w DIR",
            code="no-workspace",
        ),
        exit_code=USAGE,
    )


def load(
    root: Path, shipped: Iterable[Definition] = (), checks: Iterable[Callable[[Any], Iterable[Issue]]] = ()
) -> Workspace:
    """Open a workspace. Stop with every issue at once when the settings cannot be used."""
    root = named(root.resolve())
    path = root / FILE
    try:
        text = path.read_text(encoding="utf-8")
        config = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Stop(Issue(FILE, f"not readable: {error}", "so nothing can be computed", "mend that line")) from None
    issues: list[Issue] = []

    def at(key: str) -> str:
        for number, line in enumerate(text.splitlines(), 1):
            if line.strip().startswith(key):
                return f"{FILE}:{number}  {key}"
        return f"{FILE}  {key}"

    for section, keys in _SECTIONS.items():
        table: dict[str, Any] = config.get(section, {}) if section else config
        issues += [unknown("setting", key, keys, where=at(key)) for key in table if key not in keys]
    if config.get("format") != FORMAT:
        issues.append(
            Issue(
                at("format"),
                f"format {config.get('format')} is not {FORMAT}",
                "this version reads only that form of workspace",
                f"format = {FORMAT}, or use the version that wrote it",
            )
        )
    currency = str(config.get("currency", "USD"))
    if currency not in CURRENCIES:
        issues.append(unknown("currency", currency, CURRENCIES, where=at("currency")))
    zone = str(config.get("zone", "UTC"))
    try:
        day_start(date(2026, 1, 1), zone)
    except Stop as stop:
        issues += [Issue(at("zone"), i.what, i.why, i.try_) for i in stop.issues]
    engine = str(config.get("engine", "duckdb"))
    if engine not in ENGINES:
        issues.append(unknown("engine", engine, ENGINES, where=at("engine")))
    spark = config.get("spark", {})
    if not isinstance(spark, dict) or any(isinstance(value, (dict, list)) for value in spark.values()):
        names = "names with dots stand in quotes, their values beside them"
        issues.append(Issue(at("[spark]"), "not a list of Spark's own settings", names, '"spark.master" = "local[2]"'))
        spark = {}
    calendar = FiscalCalendar()
    try:
        calendar = FiscalCalendar(**config.get("fiscal", {}))
    except (TypeError, ValueError) as error:
        issues.append(Issue(at("[fiscal]"), str(error), "so quarters cannot be told", "see the how-to on calendars"))
    if issues:
        raise Stop(*issues, exit_code=USAGE)
    own, found_issues = _read(root, "definitions")
    return Workspace(
        root=root,
        name=str(config.get("name", root.name)),
        currency=currency,
        zone=zone,
        calendar=calendar,
        definitions=overlay([shipped, own]),
        issues=tuple(found_issues),
        sample=bool(config.get("sample", False)),
        defaults={k: str(v) for k, v in config.get("defaults", {}).items()},
        engine=engine,
        export=str(config.get("export", "")),
        journal=str(config.get("journal", "")),
        spark={k: str(v).lower() if isinstance(v, bool) else str(v) for k, v in spark.items()},
        checks=tuple(checks),
    )


def _read(root: Path, within: str) -> tuple[list[Definition], list[Issue]]:
    """Every definition in a folder of the workspace, and every issue of its files at once."""
    found: list[Definition] = []
    issues: list[Issue] = []
    folder = root / within
    for file in sorted(folder.rglob("*.yaml")) if folder.is_dir() else ():
        definitions, problems = read_definitions(file, file.relative_to(root).as_posix())
        found += definitions
        issues += problems
    return found, issues
