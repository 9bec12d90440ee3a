"""One deal is, two deals are."""

from __future__ import annotations

import pytest

from saleswright.measure.metrics.words import are, because, plural


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (plural(1, "deal"), "1 deal"),
        (plural(0, "deal"), "0 deals"),
        (plural(1200, "deal"), "1,200 deals"),
        (are(1) + are(2), "isare"),
        (because(1, "renewals are measured apart"), "1 renewal is measured apart"),
        (because(2, "renewals are measured apart"), "2 renewals are measured apart"),
        (because(1, "no amount"), "1 no amount"),
    ],
)
def test_words_fit_their_count(said: str, words: str) -> None:
    assert said == words
