"""Does a reference say its figure whole, in one canonical line?"""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleswright.kernel.reference import Reference
from saleswright.lib.issue import USAGE, Stop

AWKWARD = st.one_of(
    st.sampled_from(
        ["", ",", ";", ":", "%", "=", "%2C", "@", "a,b;c:d=e%f", " ", "Größe 東京", "\u202e", "\n", "'\"", "#?"]
    ),
    st.text(st.characters(exclude_categories=["Cs"])),
)
PAIRS = st.lists(st.tuples(AWKWARD, AWKWARD), max_size=4).map(lambda pairs: tuple(sorted(pairs)))
REFERENCES = st.builds(
    Reference,
    name=st.from_regex(r"[a-z][a-z_0-9]{0,20}", fullmatch=True),
    hash=st.from_regex(r"[0-9a-f]{6}", fullmatch=True),
    period=st.sampled_from(["2017Q1", "2017-03", "2017-01-01..2017-02-01", "all"]),
    scope=st.one_of(st.just("company"), AWKWARD.filter(bool).map(lambda member: f"bed:{member}")),
    as_of=st.sampled_from(["2017-03-31", "2017-03-31T12:00:00+00:00"]),
    known=st.sampled_from(["", "2017-04-01", "2017-04-01T00:00:00.123456+00:00"]),
    release=st.integers(0, 10**6),
    journal=st.integers(0, 10**6),
    currency=st.sampled_from(["", "USD", "KWD"]),
    by=PAIRS,
    where=PAIRS,
)


@given(REFERENCES)
def test_a_reference_is_read_back_as_itself(reference: Reference) -> None:
    line = str(reference)
    assert Reference.parse(line) == reference
    assert str(Reference.parse(line)) == line
    assert line.isascii()
    assert "\n" not in line


@given(REFERENCES, REFERENCES)
def test_two_references_are_never_one_line(one: Reference, other: Reference) -> None:
    assert (one == other) == (str(one) == str(other))


@given(REFERENCES, st.randoms(use_true_random=False))
def test_the_order_of_pairs_does_not_matter(reference: Reference, random: object) -> None:
    turned = replace(reference, by=tuple(reversed(reference.by)), where=tuple(reversed(reference.where)))
    assert str(turned) == str(reference)


def test_the_documented_line() -> None:
    line = (
        "win_rate@3f2a91;by=team:EMEA;where=region:Central;period=2017Q1;scope=company;"
        "asof=2017-03-31;snap=r12.j0;cur=USD"
    )
    reference = Reference.parse(f"  {line}\n")
    assert str(reference) == line
    assert (reference.by, reference.release, reference.journal) == ((("team", "EMEA"),), 12, 0)
    assert str(reference.only((("team", "West"), ("size", "")))).startswith("win_rate@3f2a91;by=size:,team:West;where=")


GOOD = "grow@0a1b2c;period=2017Q1;scope=company;asof=2017-03-31;snap=r12.j0;cur=USD"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "it lacks period, scope, asof, snap"),
        ("grow", "it lacks period, scope, asof, snap"),
        ("@0a1b2c;period=a;scope=b;asof=c;snap=r1.j0", "name@hash in front"),
        (GOOD.replace("period=2017Q1;", ""), "it lacks period"),
        (GOOD.replace("scope=company;asof=2017-03-31;", ""), "it lacks scope, asof"),
        (GOOD.replace("r12.j0", "12"), "snap=12"),
        (GOOD.replace("r12.j0", "r.j"), "snap=r.j"),
        (GOOD + ";cur=EUR", "'cur=EUR'"),
        (GOOD + ";colour=red", "'colour=red'"),
        (GOOD + ";", "''"),
    ],
)
def test_what_is_not_a_reference_is_told(text: str, told: str) -> None:
    with pytest.raises(Stop) as caught:
        Reference.parse(text)
    assert told in caught.value.issues[0].what
    assert caught.value.exit_code == USAGE


@given(st.text(st.characters(exclude_characters="@")))
def test_any_other_text_is_refused_in_words(text: str) -> None:
    with pytest.raises(Stop) as caught:
        Reference.parse(text)
    assert caught.value.issues[0].code == "bad-reference"


@given(st.sampled_from(["period", "scope", "asof", "snap", "by", "where", "cur", "known"]), st.text())
def test_a_bent_part_is_read_or_refused_but_never_breaks(key: str, value: str) -> None:
    line = ";".join(part for part in GOOD.split(";") if not part.startswith(f"{key}=")) + f";{key}={value}"
    try:
        told = str(Reference.parse(line))
    except Stop as stop:
        told = str(stop)
    assert "0a1b2c" in told or "..." in told
