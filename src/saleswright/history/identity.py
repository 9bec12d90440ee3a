"""Are these two the same? Names, e-mail addresses, web domains and telephone numbers brought to one exact form.

Each function takes the SQL of a text and gives the SQL of its key, so that the engine compares whole tables at once. A key
is null where nothing is left to compare. Equal keys are a reason to look, never proof; likeness of spelling is not judged
here.
"""

from __future__ import annotations

# Words behind (or before) a name that say in which form a company is kept, in the order they are met most.
LEGAL_FORMS = (
    "inc", "incorporated", "llc", "llp", "lp", "ltd", "limited", "co", "company", "corp", "corporation", "plc", "pbc",
    "gmbh", "mbh", "ag", "kg", "kgaa", "ohg", "gbr", "ug", "ek", "ev", "eg", "se", "sa", "sas", "sasu", "sarl", "eurl",
    "srl", "spa", "snc", "sl", "slu", "bv", "nv", "vof", "cv", "oy", "oyj", "ab", "as", "asa", "aps", "kft", "zrt", "sro",
    "doo", "dd", "pty", "pte", "pvt", "private", "kk", "sdn", "bhd", "ltda", "eireli", "group", "holding", "holdings",
    "and", "und", "et",
)  # fmt: skip
ARTICLES = ("the",)
# Hosts that say nothing about whose an address is.
ANYBODYS = (
    "gmail.com", "googlemail.com", "google.com", "outlook.com", "hotmail.com", "live.com", "msn.com", "yahoo.com", "icloud.com",
    "me.com", "aol.com", "gmx.com", "gmx.de", "gmx.net", "web.de", "t-online.de", "mail.com", "mail.ru", "yandex.ru", "qq.com",
    "163.com", "126.com", "proton.me", "protonmail.com", "zoho.com", "orange.fr", "free.fr", "libero.it", "linkedin.com",
    "facebook.com", "instagram.com", "x.com", "twitter.com", "wordpress.com", "wixsite.com", "github.com", "example.com",
)  # fmt: skip


def plain(text: str) -> str:
    """The SQL of a text without case, accents and punctuation, its words parted by one space; null when nothing is left.

    Full stops and apostrophes join ("S.A." is "sa", "O'Neil" is "oneil"), every other sign parts.
    """
    folded = f"strip_accents(lower({text}))"
    joined = f"regexp_replace(replace({folded}, '&', ' and '), '[.''’`]+', '', 'g')"
    return f"nullif(trim(regexp_replace({joined}, '[^\\p{{L}}\\p{{N}}]+', ' ', 'g')), '')"


def company(text: str) -> str:
    """The SQL of a company's key: its name without case, accents, punctuation, legal forms behind it and an article."""
    bare = plain(text)
    ends = f"( ({'|'.join(LEGAL_FORMS)}))+$"
    heads = f"^({'|'.join(ARTICLES)}) "
    return f"nullif(regexp_replace(regexp_replace({bare}, '{heads}', ''), '{ends}', ''), '')"


def email(text: str) -> str:
    """The SQL of an address's key: without case, a tag behind +, and full stops before the @; null for what is none."""
    low = f"lower(trim({text}))"
    local = f"replace(split_part(split_part({low}, '@', 1), '+', 1), '.', '')"
    return (
        f"CASE WHEN {low} LIKE '%_@_%' AND {local} <> '' THEN {local} || '@' || "
        f"replace(split_part({low}, '@', 2), 'googlemail.com', 'gmail.com') END"
    )


def domain(text: str) -> str:
    """The SQL of a web address's key: its host without scheme, www, port and path."""
    bare = f"regexp_replace(lower(trim({text})), '^([a-z]+:)?//', '')"
    return f"nullif(regexp_replace(regexp_replace({bare}, '[/:?#].*$', ''), '^www[0-9]*\\.', ''), '')"


def own_domain(text: str) -> str:
    """The SQL of a web domain that is somebody's own; null for a host of anybody's mail, pages or profiles."""
    key = domain(text)
    return f"CASE WHEN list_contains([{', '.join(map(repr, ANYBODYS))}], {key}) THEN NULL ELSE {key} END"


def phone(text: str) -> str:
    """The SQL of a number's key: its digits without zeros that lead; null for fewer than six."""
    digits = f"ltrim(regexp_replace({text}, '[^0-9]', '', 'g'), '0')"
    return f"CASE WHEN length({digits}) >= 6 THEN {digits} END"


KEYS = {"plain": plain, "company": company, "email": email, "domain": domain, "phone": phone}
