"""How is no said? The one voice of issues under a fitting status, never a stack trace."""

from __future__ import annotations

from saleswright.lib.issue import CONFLICT, INTEGRITY, NOT_ALLOWED, SOURCE, USAGE, Issue, Stop

_STATUS = {NOT_ALLOWED: 403, CONFLICT: 409, SOURCE: 502, INTEGRITY: 500}

_SAID = {"gone": 410, "too_large": 413, "other_kind": 415, "other_body": 422, "no_room": 507}

# Names that only qualify a question; a page about them cannot be "not found".
_ASIDE = {"unknown_argument", "unknown_period", "unknown_currency", "unknown_page", "unknown_scope", "unknown_setting"}

_TITLES = {
    400: "This cannot be answered as asked",
    403: "This is not open to you",
    404: "There is nothing by that name",
    405: "This address is only read",
    409: "Something moved meanwhile",
    410: "This number is gone",
    413: "That is too large",
    414: "That address is too long",
    415: "That is not sent as a form of ours",
    422: "That was sent before with something else in it",
    421: "This name is not served here",
    500: "Something broke on our side",
    502: "A source did not answer",
    507: "There is no room for that",
}


def status(stop: Stop) -> int:
    """The status a refusal is answered with."""
    codes = {issue.code.replace("-", "_") for issue in stop.issues}
    for code, number in _SAID.items():
        if code in codes:
            return number
    if stop.exit_code in _STATUS:
        return _STATUS[stop.exit_code]
    if codes and all(code.startswith("unknown_") and code not in _ASIDE for code in codes):
        return 404
    return 400


def of(exit_code: int) -> int:
    """The status of a report: of one that could not do all it was asked, why."""
    return _STATUS.get(exit_code, 400 if exit_code == USAGE else 200)


def title(code: int) -> str:
    """The question's answer in one line, for a page's head."""
    return _TITLES.get(code, "This cannot be answered")


def not_found(path: str) -> Stop:
    """No page at that address."""
    return Stop(
        Issue(
            where=path if len(path) < 90 else path[:87] + "...",
            what="there is no page here",
            why="addresses come from the pages and questions of this workspace",
            try_="Find or run (Ctrl K), or the list of all questions at /a",
            code="unknown_page_address",
        )
    )


def broken(reference: str, wrote: bool = False) -> Stop:
    """An error that is ours: the words a person gets; the trace goes to the log under the same reference.

    wrote: it happened in work that changes something, so nobody can say here how far that came.
    """
    if wrote:
        return Stop(
            Issue(
                where="",
                what="this work did not come to its end",
                why="it was either done whole or not at all, and this page cannot tell which",
                try_=f"look whether it is there before you do it again, and report it with the reference {reference}",
                code="internal",
            ),
            exit_code=INTEGRITY,
        )
    return Stop(
        Issue(
            where="",
            what="this page could not be made",
            why="nothing was changed; the record is as it was",
            try_=f"reload; if it stays, report it with the reference {reference}",
            code="internal",
        ),
        exit_code=INTEGRITY,
    )
