"""Which row of theirs is which deal of ours? By record id, else by name and account, never one row or deal twice."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from difflib import SequenceMatcher
from functools import lru_cache

from saleswright.measure.review.settle.ours import Deal, Ours
from saleswright.measure.review.settle.sheet import Row, Sheet

_NEAR, _WRITTEN = 0.6, 0.86
_FEW = 400
_SHARE = 0.3


@dataclass(frozen=True, slots=True)
class Columns:
    """Which of their headers says what; empty where none does. `dates`: every column of days."""

    id: str = ""
    name: str = ""
    account: str = ""
    amount: str = ""
    currency: str = ""
    owner: str = ""
    stage: str = ""
    type: str = ""
    dates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One row of theirs: what it is worth in our minor units as it was added up, and what it says of its deal."""

    row: Row
    minor: int
    readable: bool
    id: str = ""
    name: str = ""
    account: str = ""

    @property
    def number(self) -> int:
        return self.row.line

    @property
    def called(self) -> str:
        return self.name or self.account or self.id or f"line {self.row.line}"


@dataclass
class Matched:
    """What became of each row of theirs: line number -> deal, the line it repeats, or neither."""

    lines: dict[int, Line]
    columns: Columns
    deals: dict[int, str] = field(default_factory=dict)
    by: dict[int, str] = field(default_factory=dict)
    repeats: dict[int, int] = field(default_factory=dict)

    @property
    def lines_of(self) -> dict[str, Line]:
        """Deal -> their one row of it."""
        return {deal: self.lines[number] for number, deal in self.deals.items()}

    @property
    def unknown(self) -> list[Line]:
        """Rows that are no deal of ours and repeat none of theirs."""
        return [line for n, line in self.lines.items() if n not in self.deals and n not in self.repeats]


@lru_cache(maxsize=1 << 17)
def plain(text: str) -> str:
    """A name without case, accents and punctuation."""
    bare = unicodedata.normalize("NFKD", text.casefold())
    return " ".join(re.findall(r"[^\W_]+", "".join(c for c in bare if not unicodedata.combining(c))))


def key(text: str) -> str:
    """An id as it is compared: 15 characters of a Salesforce id tell as much as 18; a number has no decimals."""
    text = text.strip()
    if re.fullmatch(r"\d+\.0+", text):
        text = text.partition(".")[0]
    if len(text) == 18 and text.isalnum() and text[:15].isalnum() and re.fullmatch(r"[A-Z0-5]{3}", text[15:]):
        return text[:15]
    return text if len(text) == 15 else text.casefold()


def columns_of(sheet: Sheet, deals: Mapping[str, Deal]) -> Columns:
    """What each column is, by its values where ours tell, else by its name."""
    ids = {key(deal.key) for deal in deals.values()}
    names = {plain(deal.name) for deal in deals.values() if deal.name}
    accounts = {plain(deal.account) for deal in deals.values() if deal.account}
    owners = {plain(deal.owner) for deal in deals.values() if deal.owner}
    texts = [h for h in sheet.headers if sheet.kinds[h] != "date"]
    id_ = _best(sheet, texts, ids, key, sheet.role("id"))
    left = [h for h in texts if h != id_ and sheet.kinds[h] == "text"]
    name = _best(sheet, left, names, plain, sheet.role("name"))
    left = [h for h in left if h != name]
    account = _best(sheet, left, accounts, plain, sheet.role("account"))
    left = [h for h in left if h != account]
    numbers = [h for h in sheet.of("number") if h != id_]
    return Columns(
        id_, name, account,
        _amount(sheet, numbers),
        sheet.role("currency") if sheet.kinds.get(sheet.role("currency")) == "text" else "",
        _best(sheet, left, owners, plain, sheet.role("owner")),
        sheet.role("stage"), sheet.role("type"), tuple(sheet.of("date")),
    )  # fmt: skip


def _best(sheet: Sheet, headers: Iterable[str], known: set[str], form: object, named: str) -> str:
    """The column most of whose values we know; the one of that name where none has many."""
    assert callable(form)
    best, header = _SHARE, ""
    for one in headers:
        values = [v for row in sheet.rows[:5_000] if (v := row.text(one))]
        if not values:
            continue
        share = sum(form(v) in known for v in values) / len(values)
        if share > best or (share == best and one == named):
            best, header = share, one
    return header or (named if named in list(headers) else "")


def _amount(sheet: Sheet, numbers: list[str]) -> str:
    """The column that is added up: named so, else the only one, else the one that holds most."""
    named = sheet.role("amount")
    if named in numbers:
        return named
    weak = {sheet.roles.get(f) for f in ("probability", "term_months", "sales_cost")}
    left = [h for h in numbers if h not in weak] or numbers
    return max(left, key=lambda h: (sum(abs(r.numbers.get(h, Decimal(0))) for r in sheet.rows), h), default="")


def lines_of(sheet: Sheet, columns: Columns, digits: int, money: bool) -> dict[int, Line]:
    """Their rows by line number. A row counts one where a count is disputed."""
    found: dict[int, Line] = {}
    for row in sheet.rows:
        number = row.numbers.get(columns.amount)
        minor = minor_of(number, digits) if money else 1
        texts = (row.text(h) if h else "" for h in (columns.id, columns.name, columns.account))
        found[row.line] = Line(row, minor, number is not None or not money, *texts)
    return found


def minor_of(number: Decimal | None, digits: int) -> int:
    """A printed number in minor units, half to even; nothing printed is nothing added."""
    return 0 if number is None else int((number * 10**digits).to_integral_value(ROUND_HALF_EVEN))


def matched(sheet: Sheet, columns: Columns, ours: Ours) -> Matched:
    """Every row of theirs with its deal of ours."""
    made = Matched(lines_of(sheet, columns, ours.digits, ours.money), columns)
    deals = ours.deals
    by_id: dict[str, list[str]] = defaultdict(list)
    by_both: dict[tuple[str, str], list[str]] = defaultdict(list)
    by_name: dict[str, list[str]] = defaultdict(list)
    by_account: dict[str, list[str]] = defaultdict(list)
    for deal in deals.values():
        by_id[key(deal.key)].append(deal.id)
        by_both[plain(deal.name), plain(deal.account)].append(deal.id)
        by_name[plain(deal.name)].append(deal.id)
        by_account[plain(deal.account)].append(deal.id)

    pairs: list[tuple[tuple[float, ...], int, str, str]] = []
    wanted: dict[int, int] = {}
    for line in made.lines.values():
        found, how = _candidates(line, by_id, by_both, by_name, by_account)
        wanted[line.number] = len(found)
        pairs += [(_cost(line, deals[one], ours, columns), line.number, one, how) for one in found]
    taken: set[str] = set()
    first: dict[tuple[str, ...], int] = {}
    for cost, number, one, how in sorted(pairs):
        line = made.lines[number]
        if number in made.deals or one in taken:
            continue
        same = _same(line)
        # A second copy of a row is not another deal of the same name, unless that one fits as well.
        if how != "record id" and same in first and cost[1] and cost[2]:
            continue
        made.deals[number], made.by[number] = one, how
        first.setdefault(same, number)
        taken.add(one)
    owner_of = {one: number for number, one in made.deals.items()}
    for cost, number, one, _ in sorted(pairs):
        if number not in made.deals and number not in made.repeats and one in owner_of and not (cost[1] and cost[2]):
            made.repeats[number] = owner_of[one]
    for line in made.unknown:
        twin = first.get(_same(line))
        if twin is None and wanted[line.number]:
            twin = next((owner_of[one] for _, n, one, _ in sorted(pairs) if n == line.number and one in owner_of), None)
        if twin is not None and twin != line.number:
            made.repeats[line.number] = twin
    _written_otherwise(made, ours, taken)
    return made


def _candidates(
    line: Line,
    by_id: Mapping[str, list[str]],
    by_both: Mapping[tuple[str, str], list[str]],
    by_name: Mapping[str, list[str]],
    by_account: Mapping[str, list[str]],
) -> tuple[list[str], str]:
    if line.id and (found := by_id.get(key(line.id))):
        return found, "record id"
    name, account = plain(line.name), plain(line.account)
    if name and (found := by_both.get((name, account))):
        return found, "name and account"
    if name and (found := by_name.get(name)):
        return found, "name"
    if account and not name and (found := by_account.get(account)):
        return found, "account, amount and date"
    return [], ""


def _same(line: Line) -> tuple[str, ...]:
    days = ",".join(sorted(f"{day}" for day in line.row.days.values()))
    return plain(line.name), plain(line.account), str(line.minor), days


def _cost(line: Line, deal: Deal, ours: Ours, columns: Columns) -> tuple[float, ...]:
    """What speaks against this deal being meant: it does not count, another amount, another day."""
    value = ours.counted.get(deal.id)
    own = deal.amount if deal.amount is not None else None
    other = 0.0 if line.minor in (value, own) else 1.0
    days = list(line.row.days.values())
    apart = min((abs((a - b).days) for a in days for b in deal.days.values()), default=0)
    total = sum(min((abs((a - b).days) for b in deal.days.values()), default=999) for a in days)
    return (
        (0.0 if value is not None else 0.5) + other + (1.0 if apart else 0.0),
        other,
        float(bool(apart)),
        float(total),
    )


def _written_otherwise(made: Matched, ours: Ours, taken: set[str]) -> None:
    """Rows that name no deal of ours as we write it: the one open deal of that amount whose name or account is near."""
    rest = [line for line in made.unknown if line.name or line.account]
    free = [ours.deals[one] for one in ours.counted if one not in taken and one in ours.deals]
    if not rest or not free or len(rest) > _FEW or len(free) > 10 * _FEW:
        return
    for line in rest:
        near = []
        for deal in free:
            same = line.minor == ours.counted[deal.id] or line.minor == deal.amount
            like = _like(line, deal)
            if deal.id not in taken and like >= (_NEAR if same and ours.money else _WRITTEN):
                near.append((same, like, deal.id))
        near.sort(reverse=True)
        if near and (len(near) == 1 or near[0][:2] > near[1][:2]):
            made.deals[line.number], made.by[line.number] = near[0][2], "a name written nearly so"
            taken.add(near[0][2])


def _like(line: Line, deal: Deal) -> float:
    """How alike the names are, where both have one; the account has to agree where both tell it."""
    mine, own = plain(line.name), plain(deal.name)
    account, theirs = plain(deal.account), plain(line.account)
    if mine and own:
        ratio = SequenceMatcher(None, mine, own).ratio()
        return min(1.0, ratio + 0.2) if account and account == theirs else ratio
    return SequenceMatcher(None, account, theirs).ratio() if account and theirs else 0.0


def basis_of(made: Matched, deals: Mapping[str, Deal]) -> dict[str, str]:
    """Their columns of days, with the date of ours that most of their rows have there."""
    found: dict[str, str] = {}
    for header in made.columns.dates:
        hits: dict[str, int] = defaultdict(int)
        told = 0
        for number, one in made.deals.items():
            day = made.lines[number].row.days.get(header)
            if day is not None:
                told += 1
                for name, ours in deals[one].days.items():
                    hits[name] += ours == day
        best = max(hits.items(), key=lambda hit: hit[1], default=("", 0))
        if told and best[1] >= told * 0.6:
            found[header] = best[0]
    return found


def days_in(made: Matched, header: str) -> list[date]:
    """Every day of a column of theirs."""
    return sorted(line.row.days[header] for line in made.lines.values() if header in line.row.days)
