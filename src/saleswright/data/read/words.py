"""Which texts name a sum, a measure or the small print of a report? In English, German, French, Spanish and Dutch."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

_SUB = (
    "subtotal|subtotals|sub-total|sub total|sous-total|sous-totaux|sous total|zwischensumme|teilsumme|teilergebnis"
    "|subtotales|subtotaal|tussentotaal"
)
_GRAND = (
    "grand total|grand totals|grand-total|grandtotal|overall total|report total|report totals|gesamtsumme|endsumme"
    "|gesamtergebnis|total général|totaux généraux|total general|suma total|totales generales|eindtotaal"
    "|algemeen totaal|total global"
)
_TOTAL = "total|totals|totaux|totales|totaal|totalen|summe|gesamt|insgesamt|ergebnis|sum|somme|suma|som|σ|∑"
_NAMED = f"{_GRAND}|{_SUB}|total|totals|totaux|totales|totaal|summe|gesamt|ergebnis|somme|suma"
_MEASURES = (
    "sum|count|average|avg|mean|median|min|max|minimum|maximum|record count|row count|number of records|unique count"
    "|summe|anzahl|mittelwert|durchschnitt|somme|nombre|moyenne|suma|cuenta|recuento|promedio|media|som|aantal|gemiddelde"
)
_SUMS = frozenset("sum summe somme suma som".split())
_COUNTS = frozenset(
    ("count", "record count", "row count", "number of records", "anzahl", "nombre", "cuenta", "recuento", "aantal")
)
_LINK = r"(?:\s*[:–-]\s*|\s+(?:(?:for|of|von|für|der|pour|de|del|des|para|voor|van)\s+)?)"
_EXACT = {
    **dict.fromkeys(_MEASURES.split("|"), "measure"),
    **dict.fromkeys(_TOTAL.split("|"), "total"),
    **dict.fromkeys(_SUB.split("|"), "sub"),
    **dict.fromkeys(_GRAND.split("|"), "grand"),
}
_STEM = re.compile(
    "tot|sum|som|ges|erge|grand|sub|σ|∑|count|av|mean|med|mo|min|max|anz|mit|dur|nom|num|cuen|rec|pro|aan|gem|row|uni|sous"
    "|zw|teil|tus|end|ein|alg|over|rep|ins",
    re.IGNORECASE,
)
_COUNTED = re.compile(r"\s*\(\s*(\d[\d.,' \u00a0\u202f]*)\s*[^\d()]*\)$")
_BEFORE = re.compile(rf"(?:{_NAMED}){_LINK}(?P<about>.+)")
_AFTER = re.compile(rf"(?P<about>.+?)\s*[:–-]?\s+(?:{_NAMED})")
_ASCII = sorted((w for w in {*_SUB.split("|"), *_GRAND.split("|"), *_NAMED.split("|")} if w.isascii()), key=len)
_NEEDLES = (b"otal", b"OTAL", b"otaal", b"umme", b"esamt", b"rgebnis", b"SUM", b"Sum", b"uma", b"omme")
_MENTION = re.compile(
    rb"(?i)(?:^|[,;\t|\"\r\n])\s*(?:(?:WORDS)\b[^,;\t|\"\r\n]{0,60}|[^,;\t|\"\r\n]{0,60}\s(?:WORDS))\s*(?=[,;\t|\":\r\n]|$)".replace(
        b"WORDS", "|".join([*_ASCII, "sum", "som"]).encode()
    )
)
_SMALL_PRINT = re.compile(
    r"confidential|do not distribute|copyright|©|\(c\)\s*\d{4}|all rights reserved|(?:generated|created|exported|run|printed"
    r"|prepared) (?:by|on|at)\b|report (?:name|generated|run)|end of (?:report|file)|vertraulich|erstellt (?:von|am)"
    r"|alle rechte|confidentiel|généré|créé par|tous droits|confidencial|generado|creado por|todos los derechos"
    r"|vertrouwelijk|gegenereerd|gemaakt door|alle rechten"
)
_RECORDS = re.compile(
    r"(?:(?:grand |sub)?totals?:? |number of |anzahl |nombre d'|número de |aantal )?(?:records?|rows?|datensätze|zeilen"
    r"|enregistrements|lignes|registros|filas|rijen)(?: count)?\s*[:=]?\s*(\d[\d.,]*)"
    r"|(\d[\d.,]*) (?:records?|rows?|datensätze|zeilen|enregistrements|lignes|registros|filas|rijen)"
)
_PAGE = re.compile(r"(?:page|seite|página|pagina)\s*\d+(?:\s*(?:of|/|von|de|sur|van)\s*\d+)?")

Kind = Literal["grand", "sub", "total", "named", "measure"]


@dataclass(frozen=True, slots=True)
class Label:
    """What a text says of the row it stands in: `about` the group it sums, `count` the records it counts."""

    kind: Kind
    about: str = ""
    count: int = -1
    sums: bool = False
    counts: bool = False


@lru_cache(maxsize=4096)
def label(text: str) -> Label | None:
    """Is this the name of a sum or a measure, alone or with the name of a group?"""
    if len(text) > 120 or not _STEM.search(text):
        return None
    plain = " ".join(text.casefold().split())
    count = -1
    counted = _COUNTED.search(plain)
    if counted:
        count = int(re.sub(r"\D", "", counted[1]))
        plain = plain[: counted.start()]
    plain = plain.strip().rstrip(":").strip("*–- ")
    if exact := _EXACT.get(plain):
        return Label(exact, count=count, sums=plain in _SUMS, counts=plain in _COUNTS)  # type: ignore[arg-type]
    for pattern in (_BEFORE, _AFTER):
        if found := pattern.fullmatch(plain):
            return Label("named", about=found["about"].strip(" :–-"), count=count)
    return None


def heading(text: str) -> tuple[str, str, int]:
    """(column, value, records) of a line that heads a group: `Stage: Won (12 records)`; empty, text, -1 for others."""
    plain, count = " ".join(text.split()), -1
    counted = _COUNTED.search(plain)
    if counted:
        count = int(re.sub(r"\D", "", counted[1]))
        plain = plain[: counted.start()]
    name, colon, value = plain.partition(":")
    if colon and name.strip() and len(name) <= 60:
        return name.strip(), value.strip(), count
    return "", plain.strip(), count


def small_print(text: str) -> bool:
    """Is this a line about the report and not of it?"""
    return bool(_SMALL_PRINT.search(text.casefold()))


def page_mark(text: str) -> bool:
    """Is this the number of a page?"""
    return bool(_PAGE.fullmatch(" ".join(text.casefold().split())))


def mentioned(part: bytes) -> bool:
    """Does a stretch of a file hold a cell that may name a sum?"""
    return any(needle in part for needle in _NEEDLES) and _MENTION.search(part) is not None


def record_count(text: str) -> int:
    """The number of records a line below the table tells; -1 when it tells none."""
    found = _RECORDS.fullmatch(" ".join(text.casefold().replace("|", " ").split()))
    return int(re.sub(r"\D", "", found[1] or found[2])) if found else -1
