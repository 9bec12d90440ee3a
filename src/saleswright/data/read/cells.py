"""How is a cell of a workbook written as text, and what does its format say that its value does not?"""

from __future__ import annotations

import re
from array import array
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from xml.etree import ElementTree

from saleswright.lib.money import EXPONENTS

PERCENT = "%"
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_SIGN = re.compile(r"[$€£¥₹₩₽₺₪₫₴]|zł|Kč|kr")


def text(value: object) -> str:
    """The value as plain text: dates as 2026-01-31, numbers without noise of floating point."""
    if isinstance(value, str):
        return _ESCAPED.sub(_letter, value) if "_x" in value else value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return plain(value)
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds" if value.microsecond else "seconds")
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
    return "" if value is None else str(value)


def plain(value: float) -> str:
    """A number in fifteen figures, which is what a workbook keeps, without an exponent."""
    if value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    shown = f"{value:.15g}"
    return format(Decimal(shown), "f") if "e" in shown else shown


def column(letters: str) -> int:
    """The place of a column, from 0."""
    place = 0
    for letter in letters:
        place = place * 26 + ord(letter) - 64
    return place - 1


def _letter(found: re.Match[str]) -> str:
    char = chr(int(found[1], 16))
    return "" if char in "\r\0" else char


def tree(part: bytes) -> ElementTree.Element:
    """A part of a workbook, of which it is known that it defines no entities and is not large."""
    return ElementTree.fromstring(part)  # noqa: S314


def formats(styles: bytes) -> dict[int, str]:
    """What the styles of a workbook say of a number: percent, or a currency's code or sign. Others are left out."""
    root = tree(styles)
    space = root.tag.partition("}")[0] + "}" if root.tag.startswith("{") else ""
    own = {int(each.get("numFmtId", "-1")): _meant(each.get("formatCode", "")) for each in root.iter(f"{space}numFmt")}
    found: dict[int, str] = {}
    cells = root.find(f"{space}cellXfs")
    for number, style in enumerate(cells if cells is not None else ()):
        kind = int(style.get("numFmtId", "0"))
        meant = PERCENT if kind in (9, 10) else own.get(kind, "")
        if meant:
            found[number] = meant
    return found


def _meant(code: str) -> str:
    bare = re.sub(r'"[^"]*"|\\.|\[[^\]]*\]', "", code)
    if "%" in bare:
        return PERCENT
    named = re.search(r"\[\$([^\]-]+)(?:-[^\]]*)?\]", code)
    signs = [named[1].strip()] if named else [part.strip() for part in re.findall(r'"([^"]*)"', code)]
    signs += _SIGN.findall(bare.replace("\\", "") + "".join(re.findall(r"\\(.)", code)))
    for sign in signs:
        if sign.upper() in EXPONENTS or _SIGN.fullmatch(sign):
            return sign.upper() if sign.upper() in EXPONENTS else sign
    return ""


@dataclass
class Styled:
    """Cells of one column whose format says more than their value, in the order of rows."""

    rows: array[int] = field(default_factory=lambda: array("I"))
    meant: list[str] = field(default_factory=list)
    at: int = 0

    def said(self, row: int) -> str:
        """What the format of the cell in this row says; rows are asked for in order."""
        while self.at < len(self.rows) and self.rows[self.at] < row:
            self.at += 1
        return self.meant[self.at] if self.at < len(self.rows) and self.rows[self.at] == row else ""


@dataclass
class Marks:
    """What the text of a sheet tells beside its values."""

    formulas: int = 0
    zeros: int = 0
    hollow: int = 0
    hollow_cells: list[str] = field(default_factory=list)
    errors: int = 0
    error_cells: list[str] = field(default_factory=list)
    hidden_rows: int = 0
    hidden_columns: int = 0
    styled: dict[int, Styled] = field(default_factory=dict)

    def currencies(self, place: int) -> Counter[str]:
        """The currencies that the formats of a column name."""
        meant = self.styled[place].meant if place in self.styled else []
        return Counter(each for each in meant if each != PERCENT)


_C = rb"<(?:\w+:)?c\s(?:[^>]*?\s)?r=\"([A-Z]{1,3}\d+)\"[^>]*>"
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
_HOLLOW = re.compile(
    _C + rb"\s*<(?:\w+:)?f(?:\s[^>]*)?(?:/>|>[^<]*</(?:\w+:)?f>)\s*"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>|</(?:\w+:)?c>)"
)
_ZERO = re.compile(rb"</(?:\w+:)?f>\s*<(?:\w+:)?v>0</(?:\w+:)?v>")
_ERROR = re.compile(rb"<(?:\w+:)?c\s(?=[^>]*\bt=\"e\")(?:[^>]*?\s)?r=\"([A-Z]{1,3}\d+)\"")
_HIDDEN = re.compile(rb"<(?:\w+:)?(row|col)\s[^>]*\bhidden=\"(?:1|true)\"")
_SHOWN = 5


class Scan:
    """Reads the text of a sheet block by block and remembers what it tells."""

    def __init__(self, meant: dict[int, str]) -> None:
        self.marks = Marks()
        self._meant = {str(number).encode(): said for number, said in meant.items()}
        wanted = b"|".join(self._meant)
        self._styled = (
            re.compile(rb"<(?:\w+:)?c\s(?=[^>]*\bs=\"(" + wanted + rb")\")(?:[^>]*?\s)?r=\"([A-Z]{1,3})(\d+)\"")
            if wanted
            else None
        )
        self._rest = b""

    def take(self, block: bytes, last: bool = False) -> None:
        """The next block; what belongs to an unfinished row waits for the one after."""
        block = self._rest + block
        cut = block.rfind(b"row>")
        end = len(block) if last or len(block) > 1 << 25 else (cut + 4 if cut >= 0 else 0)
        part, self._rest = block[:end], block[end:]
        if part:
            self._look(part)

    def _look(self, part: bytes) -> None:
        marks = self.marks
        if b"hidden=" in part:
            for found in _HIDDEN.finditer(part):
                if found[1] == b"row":
                    marks.hidden_rows += 1
                else:
                    marks.hidden_columns += 1
        if b"f>" in part or b"<f" in part or b":f" in part:
            marks.formulas += len(_FORMULA.findall(part))
            marks.zeros += len(_ZERO.findall(part))
            for found in _HOLLOW.finditer(part):
                marks.hollow += 1
                if len(marks.hollow_cells) < _SHOWN:
                    marks.hollow_cells.append(found[1].decode())
        if b't="e"' in part:
            for found in _ERROR.finditer(part):
                marks.errors += 1
                if len(marks.error_cells) < _SHOWN:
                    marks.error_cells.append(found[1].decode())
        if self._styled:
            for found in self._styled.finditer(part):
                styled = marks.styled.setdefault(column(found[2].decode()), Styled())
                styled.rows.append(int(found[3]))
                styled.meant.append(self._meant[found[1]])
