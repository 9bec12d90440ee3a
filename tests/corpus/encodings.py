"""Files in every encoding, and in none."""

from __future__ import annotations

import codecs
from dataclasses import replace

from tests.corpus.case import DEALS, GOOD, Case, Imported, Refused, case, deals, many, table, won_of

# Words as companies and people carry them, so that the letters stand in the usual proportions.
WORDS = {
    "german": (
        "Müller Straßenbau",
        "Grün & Söhne",
        "Käserei Allgäu",
        "Überlandwerke Jülich",
        "Größe Köln",
        "Böhm Möbel",
    ),
    "polish": (
        "Spółka Łódź",
        "Żegluga Gdańska",
        "Usługi Kraków",
        "Młyny Wąbrzeźno",
        "Przędza Ćmielów",
        "Świętokrzyska Huta",
    ),
    "russian": ("Северсталь Москва", "Уральский завод", "Волга Продукт", "Новая Энергия", "Сибирский лес", "Мир Окон"),
    "greek": ("Ελληνικά Πετρέλαια", "Θεσσαλονίκη Τρόφιμα", "Αθήνα Ναυτιλία", "Κρητικός Ήλιος", "Μέταλλα Βόλος"),
    "french": ("Société Générale d’Épargne", "Hôtel des Forêts", "Crème Brûlée SARL", "École Zoé", "Maïs du Périgord"),
    "japanese": ("東京電力株式会社", "日本製鉄", "サクラ商事", "ひかり通信", "山田太郎商店", "北海道クリーム"),
    "chinese": ("北京科技有限公司", "上海贸易集团", "广州电子", "中国石油化工", "深圳发展银行", "长江实业"),
    "korean": ("한국전력공사", "서울전자", "부산해운", "대한제강", "미래에너지", "삼성물산"),
}


def _written(language: str, number: int = 36) -> tuple[str, Imported]:
    words = WORDS[language]
    rows = many(number, words, words)
    cells = {f"D{n + 1}": {"name": f"{words[n]} {n}", "account": words[n]} for n in range(len(words))}
    return table(rows), Imported(read=number, won=won_of(number), deals=number, cells=cells)


def _in(name: str, language: str, encoding: str, before: bytes = b"") -> Case:
    text, expect = _written(language)
    return case(name, before + text.encode(encoding), expect)


GERMAN, GERMAN_IS = _written("german")
LEGACY = (
    _in("cp1252", "german", "cp1252"),
    _in("cp1252_french_quotes", "french", "cp1252"),
    _in("cp1250_polish", "polish", "cp1250"),
    _in("cp1251_russian", "russian", "cp1251"),
    _in("cp1253_greek", "greek", "cp1253"),
    _in("koi8_r_russian", "russian", "koi8_r"),
    _in("shift_jis_japanese", "japanese", "shift_jis"),
    _in("euc_jp_japanese", "japanese", "euc_jp"),
    _in("gb18030_chinese", "chinese", "gb18030"),
    _in("cp949_korean", "korean", "cp949"),
    _in("mac_roman_french", "french", "mac_roman"),
)
UNICODE = (
    _in("utf8", "polish", "utf-8"),
    _in("utf8_mark", "japanese", "utf-8-sig"),
    _in("utf16_little_mark", "german", "utf-16-le", codecs.BOM_UTF16_LE),
    _in("utf16_big_mark", "german", "utf-16-be", codecs.BOM_UTF16_BE),
    _in("utf16_little_bare", "german", "utf-16-le"),
    _in("utf16_big_bare", "german", "utf-16-be"),
    _in("utf32_little_mark", "russian", "utf-32-le", codecs.BOM_UTF32_LE),
    _in("utf32_big_mark", "russian", "utf-32-be", codecs.BOM_UTF32_BE),
    _in("utf32_little_bare", "german", "utf-32-le"),
    _in("utf32_big_bare", "german", "utf-32-be"),
    _in("utf16_mark_japanese", "japanese", "utf-16-le", codecs.BOM_UTF16_LE),
)


def _one_accent() -> Case:
    rows = many(200)
    rows[150][1] = "Café Größe"
    expect = Imported(read=200, won=won_of(200), cells={"D151": {"name": "Café Größe"}})
    return case("cp1252_one_line_of_200", table(rows).encode("cp1252"), expect)


def _mixed() -> Case:
    """Two exports glued together: forty lines in UTF-8, the last two in cp1252."""
    rows = many(42, WORDS["german"])
    lines = table(rows).splitlines(keepends=True)
    content = "".join(lines[:-2]).encode("utf-8") + "".join(lines[-2:]).encode("cp1252")
    cells = {"D1": {"name": "Müller Straßenbau 0"}, "D40": {"name": f"{WORDS['german'][39 % 6]} 39"}}
    # The forty good lines must not be spoiled for the sake of two; these two may be read or given back, and it is said.
    expect = Imported(read=42, won=won_of(42), cells=cells, warns=("encoding|UTF-8|byte",))
    lost = ((42, "", "encoding|UTF-8|byte"), (43, "", "encoding|UTF-8|byte"))
    return case("mixed_encodings", content, expect, either=replace(expect, rejected=lost))


def _spoiled(name: str, bad: bytes) -> Case:
    """Thirty lines of good UTF-8 and one name with bytes that are none."""
    rows = many(30, WORDS["polish"])
    rows[10][1] = "BAD"
    content = table(rows).encode("utf-8").replace(b"BAD", b"Oops " + bad + b" Ltd")
    cells = {"D1": {"name": "Spółka Łódź 0"}, "D30": {"name": f"{WORDS['polish'][29 % 6]} 29"}}
    expect = Imported(read=30, won=won_of(30), cells=cells, warns=("encoding|UTF-8|byte",))
    lost = ((12, "", "encoding|UTF-8|byte"),)
    return case(name, content, expect, either=replace(expect, rejected=lost))


BROKEN = (
    _one_accent(),
    _mixed(),
    _spoiled("invalid_byte", b"\xff"),
    _spoiled("overlong_slash", b"\xc0\xaf"),
    _spoiled("lone_surrogate_utf8", b"\xed\xa0\x80"),
    _spoiled("cut_multibyte", b"\xe2\x82"),
    case(
        "utf16_odd_byte_at_end",
        codecs.BOM_UTF16_LE + GERMAN.encode("utf-16-le") + b"\x41",
        replace(GERMAN_IS, warns=("cut|truncat|incomplete|encoding|byte",)),
        # Half a letter is no row: given back with its line it is lost to nobody either.
        either=replace(GERMAN_IS, read=37, rejected=((38, "", "few|byte"),)),
    ),
    case(
        "utf16_lone_surrogate",
        codecs.BOM_UTF16_LE
        + table(DEALS).encode("utf-16-le").replace("Gamma".encode("utf-16-le"), b"G\x00\x00\xd8a\x00"),
        Imported(won={"USD": 35050}, deals=6, cells={"D2": {"name": "Beta"}}, warns=("encoding|UTF-16|byte",)),
    ),
    # What a program has spoiled before is data now: it is kept as it stands, and nothing is guessed back.
    case(
        "spoiled_before_export",
        table(deals({"D1": {"Deal Name": "MÃ¼ller GmbH"}})),
        replace(GOOD, cells={"D1": {"name": "MÃ¼ller GmbH"}}),
    ),
    case("ebcdic", table(DEALS).encode("cp037"), Refused(("not text|not recognised|encoding",))),
    case("utf8_mark_alone", codecs.BOM_UTF8, Refused(("empty",))),
    case("utf16_mark_alone", codecs.BOM_UTF16_LE, Refused(("empty",))),
    case(
        "mark_in_the_middle",
        table(deals({"D3": {"Deal ID": "\ufeffD3"}})),
        replace(GOOD, cells={"D3": {"name": "Gamma"}}),
    ),
    case("mark_twice", b"\xef\xbb\xbf\xef\xbb\xbf" + table(DEALS).encode(), GOOD),
    case("mark_and_quoted_header", b"\xef\xbb\xbf" + table(DEALS).replace("Deal ID", '"Deal ID"').encode(), GOOD),
)
CASES = (*LEGACY, *UNICODE, *BROKEN)
