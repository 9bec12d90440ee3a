"""How do dropped files reach the disk? Whole, under harmless names, within limits, or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleswright.faces.web import forms
from saleswright.faces.web.app import create_app
from saleswright.faces.web.names import LONGEST, file_name, unlike
from tests.faces.web import toy_yard
from tests.faces.web.conftest import Client, client_of
from tests.faces.web.hostile import PAYLOADS
from tests.faces.web.test_desk import HERE, token, upload
from tests.faces.web.toy_yard import Yard

BORDER = "thisisaborder"


@pytest.fixture
def made(tmp_path: Path) -> tuple[Client, Yard]:
    app, workspace, yard = toy_yard.make(tmp_path)
    return client_of(create_app(app, workspace)), yard


def body(*parts: tuple[str, bytes]) -> bytes:
    """A multipart body of (disposition, content), written out by hand."""
    found = b"".join(
        f"--{BORDER}\r\ncontent-disposition: form-data; {head}\r\n\r\n".encode() + data + b"\r\n"
        for head, data in parts
    )
    return found + f"--{BORDER}--\r\n".encode()


def raw(client: Client, content: bytes, **headers: str) -> int:
    kind = {"content-type": f"multipart/form-data; boundary={BORDER}"}
    return client.post(
        "/yard", content=content, headers={**HERE, **kind, **headers}, follow_redirects=False
    ).status_code


def test_several_files_arrive_as_they_are(made: tuple[Client, Yard]) -> None:
    client, yard = made
    big = os.urandom(3 * 1024**2)
    answer = upload(
        client, [("files", ("a.csv", b"a,b\r\n1,2\r\n")), ("files", ("b b.bin", big)), ("files", ("A.csv", b"x"))]
    )
    assert answer.status_code == 303 and answer.headers["location"].startswith("/yard/")
    assert yard.dropped == {"a.csv": b"a,b\r\n1,2\r\n", "b b.bin": big, "A (2).csv": b"x"}


def test_pasted_rows_become_a_file(made: tuple[Client, Yard]) -> None:
    client, yard = made
    assert (
        raw(client, body(('name="_token"', token(client).encode()), ('name="pasted"', b"Rep\tManager\nAnn\tBo\n")))
        == 303
    )
    assert yard.dropped == {"pasted.tsv": b"Rep\tManager\nAnn\tBo\n"}


def test_the_token_may_come_as_a_header_or_first_but_not_after_the_file(made: tuple[Client, Yard]) -> None:
    client, yard = made
    file = ('name="files"; filename="a.csv"', b"a")
    good = token(client)
    assert raw(client, body(file, ('name="_token"', good.encode()))) == 403
    assert raw(client, body(file), **{"x-token": "0" * 64}) == 403
    assert not yard.dropped
    assert raw(client, body(file), **{"x-token": good}) == 303
    assert yard.dropped == {"a.csv": b"a"}


@pytest.mark.parametrize("cut", [5, 30, 60, 200])
def test_a_body_that_broke_off_leaves_nothing(made: tuple[Client, Yard], cut: int) -> None:
    client, yard = made
    whole = body(('name="files"; filename="a.csv"', b"x" * 300))
    assert raw(client, whole[:-cut], **{"x-token": token(client)}) == 400
    assert not yard.dropped and not yard.posted


def test_nothing_is_no_drop(made: tuple[Client, Yard]) -> None:
    client, yard = made
    good = {"x-token": token(client)}
    assert raw(client, body(('name="files"; filename=""', b"")), **good) == 400
    assert raw(client, f"--{BORDER}--\r\n".encode(), **good) == 400
    assert raw(client, b"", **good) == 400
    assert not yard.dropped


def test_too_much_is_refused_and_leaves_nothing(made: tuple[Client, Yard], monkeypatch: pytest.MonkeyPatch) -> None:
    client, yard = made
    monkeypatch.setattr(forms, "MOST_FILES", 1000)
    monkeypatch.setattr(forms, "MOST_FIELDS", 4000)
    small, large = ("files", ("a.csv", b"a" * 600)), ("files", ("b.csv", b"b" * 600))
    answer = upload(client, [small, large])
    assert answer.status_code == 413 and "saleswright import PATH" in answer.text
    # That was counted as it came; a length that is announced is refused before anything is written.
    assert upload(client, [("files", ("c.csv", b"c" * 9000))]).status_code == 413
    assert not yard.dropped and not yard.posted
    assert upload(client, [small]).status_code == 303


def test_too_many_files_are_refused(made: tuple[Client, Yard], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forms, "MOST_PARTS", 4)
    files = [("files", (f"{i}.csv", b"a")) for i in range(5)]
    assert upload(made[0], files).status_code == 413
    assert not made[1].dropped


def test_a_full_disk_is_said(made: tuple[Client, Yard], monkeypatch: pytest.MonkeyPatch) -> None:
    client, yard = made
    monkeypatch.setattr(forms, "ROOM", 10**18)
    answer = upload(client, [("files", ("a.csv", b"a"))])
    assert answer.status_code == 507 and "no room" in answer.text
    assert not yard.dropped


@pytest.mark.parametrize(
    ("given_", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("/etc/shadow", "shadow"),
        (".bashrc", "bashrc"),
        ("..", "file"),
        ("", "pasted.tsv"),
        ("a\x00b.csv", "a_b.csv"),
        ("a\u202evsc.exe", "a_vsc.exe"),
        ("deals*.csv", "deals_.csv"),
        ("[x]?,y.csv", "_x__,y.csv"),
        ("<script>.csv", "_script_.csv"),
        ("Größe 2026 – Ü.csv", "Größe 2026 _ Ü.csv"),
        ("x" * 400 + ".csv", "x" * 116 + ".csv"),
        ("con:aux|.csv", "con_aux_.csv"),
        ("deals.csv.gz", "deals.csv.gz"),
    ],
)
def test_names_are_made_harmless(given_: str, kept: str) -> None:
    assert (file_name(given_) if given_ else kept) == kept


@given(st.text(max_size=400))
def test_any_name_is_one_plain_name(given_: str) -> None:
    name = file_name(given_)
    assert 0 < len(name) <= LONGEST and len(name.encode()) <= 210
    assert name == Path(name).name and not name.startswith(".") and name.strip() == name
    assert not set(name) & set('/\\<>:"|?*[]\0\n\r\t') and file_name(name) == name


def test_names_that_differ_in_case_only_do_not_meet() -> None:
    taken: set[str] = set()
    assert [unlike(name, taken) for name in ("a.csv", "A.csv", "a.csv", "b")] == [
        "a.csv",
        "A (2).csv",
        "a (3).csv",
        "b",
    ]


@pytest.mark.parametrize("payload", PAYLOADS[:24])
def test_hostile_names_stay_in_the_folder_and_out_of_the_markup(made: tuple[Client, Yard], payload: str) -> None:
    client, yard = made
    head = f'name="files"; filename="{payload.replace(chr(34), "%22")}.csv"'
    assert raw(client, body((head, b"a")), **{"x-token": token(client)}) == 303
    (name,) = yard.dropped
    assert "<" not in name
    page = client.get("/yard").text
    assert payload not in page and "<script>window" not in page


def test_a_name_in_another_script_comes_through(made: tuple[Client, Yard]) -> None:
    assert raw(made[0], body(('name="files"; filename="売上.csv"', b"a")), **{"x-token": token(made[0])}) == 303
    assert list(made[1].dropped) == ["売上.csv"]
