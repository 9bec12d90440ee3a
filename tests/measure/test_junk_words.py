"""Which words say that a record should never have been there, and which only look like it?"""

from __future__ import annotations

import pytest

from saleswright.measure.junk.words import names_a_test, reason_kind

KINDS = {
    "duplicate": (
        "Duplicate", "duplicate opportunity", "DUPLICATE DEAL", "Dupe", "Duplicate / merged", "Lost - Duplicate", "Dublette",
        "Dubletten", "doppelt", "Doublon", "doublons", "Duplicado", "oportunidad duplicada", "Duplicato", "Dubbel",
        "Duplicaat", "Dubblett", "重複", "Duplicate (closed)", "Duplicate of another opportunity", "duplicate record.",
    ),
    "error": (
        "Created in error", "created in error!", "Entered in error", "Created by mistake", "Data entry error",
        "irrtümlich angelegt", "Irrtuemlich angelegt".replace("ue", "ü"), "Versehentlich erstellt", "Créé par erreur",
        "Erreur de saisie", "Creado por error", "Creato per errore", "Criado por engano", "Per ongeluk aangemaakt", "誤登録",
    ),
    "test": ("Test", "test deal", "Test record", "This was a test", "Testing", "Testdatensatz", "Prueba", "dummy", "テスト"),
}  # fmt: skip
ORDINARY = (
    "Price", "Lost to competitor", "Failed technical test", "Test phase too long", "Duplicate functionality in house",
    "Our error in the offer", "No decision", "Error", "Budget", "Contest lost", "Existing vendor", "Closed lost", "Other",
    "Customer created it himself", "Bad timing", "Merged with Acme", "", "Proof of concept failed", "Test & Measurement",
)  # fmt: skip


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in KINDS.items() for text in texts])
def test_a_reason_that_says_so_is_read_so(kind: str, text: str) -> None:
    assert reason_kind(text) == kind


@pytest.mark.parametrize("text", ORDINARY)
def test_an_ordinary_reason_is_left_alone(text: str) -> None:
    assert reason_kind(text) is None


@pytest.mark.parametrize(
    "name",
    ["Test", "test 12", "Test Deal", "TEST - Acme", "Acme - TEST", "Acme (test)", "[TEST] Acme", "asdf", "dummy deal",
     "Test Opportunity 4", "xxx", "Testing", "please delete - test"],
)  # fmt: skip
def test_the_name_of_a_test_is_known(name: str) -> None:
    assert names_a_test(name)


@pytest.mark.parametrize(
    "name",
    ["Test Valley Water", "Contest Media", "Acme test equipment", "ACME - TEST EQUIPMENT", "ACME - TEST", "Latest",
     "Attestation", "Penetration test for Acme", "Acme - Test lab", "Deal", "", "Opportunity 7", "Proof of concept"],
)  # fmt: skip
def test_a_name_that_only_has_the_word_is_left_alone(name: str) -> None:
    assert not names_a_test(name)
