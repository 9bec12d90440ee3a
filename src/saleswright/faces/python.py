"""How is a number asked for from Python? The registry again, as methods: `open(dir).measure("win_rate", by="team")`."""

from __future__ import annotations

import inspect
import keyword
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from saleswright.faces import words
from saleswright.faces.cli import grid, lines
from saleswright.kernel.action import Action
from saleswright.kernel.call import Ambient, App, Outcome
from saleswright.kernel.envelope import envelope
from saleswright.kernel.report import Bridge, Cell, Figure, Flows, Report, Series, Table, Value
from saleswright.kernel.workspace import Workspace, find, named
from saleswright.lib.issue import Issue, Stop
from saleswright.lib.money import Money

if TYPE_CHECKING:
    import pandas


def open_book(app: App, folder: str | Path | None = None) -> Book:
    """Open a workspace: the folder given, else the present one or one above it. Raises Stop when there is none."""
    return Book(app, app.open_workspace(find(Path.cwd()) if folder is None else named(Path(folder))))


@dataclass(frozen=True)
class Book:
    """A workspace under a moment, an actor and a scope. Every action is a method; `book.import_undo` is "import undo".

    `as_of`, `known`, `scope`, `as_actor`, `snap` and `currency` give a new book and leave this one as it is.
    """

    app: App
    workspace: Workspace
    ambient: Ambient = Ambient()

    def as_of(self, moment: date | str) -> Book:
        """The same questions at another moment."""
        return replace(self, ambient=replace(self.ambient, as_of=str(moment)))

    def known(self, moment: date | str) -> Book:
        """Only what the source had recorded by then."""
        return replace(self, ambient=replace(self.ambient, known=str(moment)))

    def scope(self, scope: str) -> Book:
        """A narrower circle, such as `team:West`."""
        return replace(self, ambient=replace(self.ambient, scope=scope))

    def as_actor(self, actor: str) -> Book:
        """The same questions asked by somebody else."""
        return replace(self, ambient=replace(self.ambient, actor=actor))

    def snap(self, state: str) -> Book:
        """A kept state of the data, such as `r12.j0`."""
        return replace(self, ambient=replace(self.ambient, snap=state))

    def currency(self, code: str) -> Book:
        """Amounts in another currency."""
        return replace(self, ambient=replace(self.ambient, currency=code))

    def call(self, action: str, *args: Any, **given: Any) -> Answer:
        """Run the action of that name; without flags, values go to its arguments in order. Raises Stop for refusals."""
        declared = self.app.action(action)
        names = [param.name for param in declared.params]
        if len(args) > len(names):
            raise TypeError(f"{action} takes {len(names)} arguments, not {len(args)}")
        twice = set(names[: len(args)]) & set(given)
        if twice:
            raise TypeError(f"{action} got {words.listed(sorted(twice))} twice")
        bound = dict(zip(names, args, strict=False)) | given
        outcome = self.app.call(self.workspace, action, _as_given(declared, bound), self.ambient)
        return Answer(self, outcome)

    def __getattr__(self, name: str) -> Any:
        # A book that is being copied has no fields yet, and asking them of this method would never end.
        declared = None if name.startswith("_") or "app" not in self.__dict__ else _methods(self.app).get(name)
        if declared is None:
            raise AttributeError(f"this book has no '{name}'; dir(book) lists what it has", name=name, obj=self)

        def ask(*args: Any, **given: Any) -> Answer:
            return self.call(declared.name, *args, **given)

        ask.__name__, ask.__qualname__, ask.__doc__ = name, f"Book.{name}", declared.doc
        ask.__signature__ = _signature(declared)  # type: ignore[attr-defined]
        return ask

    def __dir__(self) -> list[str]:
        return sorted({*object.__dir__(self), *_methods(self.app)})


@dataclass(frozen=True)
class Answer:
    """What one call found."""

    book: Book
    outcome: Outcome

    @property
    def report(self) -> Report:
        """The whole report, typed."""
        return self.outcome.report

    @property
    def figures(self) -> list[Figure]:
        """Every figure, in reading order."""
        return self.report.figures()

    @property
    def value(self) -> Value:
        """The headline figure's value; None when it cannot be said (`.figures[0].reason` tells why)."""
        return self.figures[0].value if self.figures else None

    @property
    def issues(self) -> tuple[Issue, ...]:
        """What the reader should mind."""
        return self.report.issues

    @property
    def rows(self) -> list[dict[str, Cell]]:
        """The first table, else the first series, bridge or flows, as a list of dictionaries; without either, one row a figure."""
        names, rows = self._cells()
        return [dict(zip(names, row, strict=True)) for row in rows]

    @property
    def df(self) -> pandas.DataFrame:
        """The same rows as a pandas DataFrame; money as exact decimals, its currency in a column beside."""
        import pandas

        names, rows = self._cells()
        plain: list[list[Cell | Decimal]] = [[c.decimal if isinstance(c, Money) else c for c in row] for row in rows]
        return pandas.DataFrame(plain, columns=names)

    def explain(self) -> Answer:
        """Open the headline figure: its rows, its formula, what was left out. Raises Stop when it has no reference."""
        reference = next((figure.ref for figure in self.figures if figure.ref), "")
        if not reference:
            raise Stop(
                Issue(self.outcome.action.name, "no figure of this answer has a reference", "so none can be opened")
            )
        return self.book.call("explain", reference)

    def json(self) -> dict[str, Any]:
        """The envelope every face gives, as plain data."""
        return envelope(self.outcome)

    def to(self, path: str | Path) -> Path:
        """Write the whole answer into a file; its ending says the form: .xlsx, .pptx, .pdf, .md, .csv or .json.

        Raises Stop for any other ending, and where the package that makes the form is not installed.
        """
        from saleswright.faces.export.file import to_file

        currency = self.book.ambient.currency or self.book.workspace.currency
        to_file(self.outcome, Path(path), self.book.workspace.name, currency)
        return Path(path)

    def to_excel(self, path: str | Path) -> Path:
        """The answer as an Excel workbook, whatever the file is called. Raises Stop where it cannot be written."""
        target = Path(path)
        return self.to(target if target.suffix.casefold() == ".xlsx" else target.with_name(f"{target.name}.xlsx"))

    def __repr__(self) -> str:
        return "\n".join([self.report.title, *(line.replace("\t", "  ") for line in lines.of_report(self.report))])

    def _repr_html_(self) -> str:
        parts = [f"<p><strong>{escape(self.report.title)}</strong></p>"]
        for block in self.report.blocks:
            if isinstance(block, Figure):
                behind = escape(" \u00b7 ".join(words.support(block)))
                label, value = escape(words.label(block.name, block.label)), escape(words.figure(block))
                parts.append(f"<p>{label} <strong>{value}</strong> <small>{behind}</small></p>")
            elif isinstance(block, (Table, Series, Bridge, Flows)):
                parts.append(_html(grid.of_block(block)))
                if isinstance(block, (Bridge, Flows)) and block.check:
                    parts.append(f"<p><small>{escape(block.check)}</small></p>")
            else:
                parts.append(f"<p><small>{escape(block.text)}</small></p>")
        return "".join(parts)

    def _cells(self) -> tuple[Sequence[str], list[list[Cell]]]:
        return grid.for_programs(grid.of_report(self.report))


def _methods(app: App) -> dict[str, Action]:
    named = ((name.replace(" ", "_").replace("-", "_"), action) for name, action in app.actions.items())
    return {f"{name}_" if keyword.iskeyword(name) else name: action for name, action in named}


def _signature(action: Action) -> inspect.Signature:
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    # A required argument after an optional one is legal for an action, but not for a signature.
    ordered = sorted(action.params, key=lambda param: not param.required)
    empty = inspect.Parameter.empty
    return inspect.Signature(
        [inspect.Parameter(p.name, kind, default=empty if p.required else p.default) for p in ordered]
    )


def _as_given(action: Action, bound: Mapping[str, Any]) -> dict[str, Any]:
    pairs = {param.name for param in action.params if param.arg.kind == "pairs"}
    given = dict(bound)
    for name in pairs & set(bound):
        if isinstance(bound[name], Mapping):
            given[name] = [f"{field}={value}" for field, value in bound[name].items()]
    return given


def _html(laid: grid.Grid) -> str:
    heads, rows = grid.for_people(laid, "full")
    head = "".join(f"<th>{escape(item.text)}</th>" for item in heads)
    tinted = grid.tints(laid)
    body = "".join(
        "<tr>" + "".join(_td(cell, tint) for cell, tint in zip(row, tints, strict=True)) + "</tr>"
        for row, tints in zip(rows, tinted, strict=True)
    )
    caption = f"<caption>{escape(laid.title)}</caption>" if laid.title else ""
    return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _td(cell: str, tint: int) -> str:
    ground = f' style="background:rgba(58,74,217,{0.07 * tint:.2f})"' if tint else ""
    return f"<td{ground}>{escape(cell)}</td>"
