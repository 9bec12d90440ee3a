"""Who did what, when, and can it be proved? One log of every change, chained so that nobody can rewrite it unseen.

**Question.** Who changed this, on whose word, with which figures on screen? And is what the log says today what was
written then?

**Rule.** Every change of state writes one record. hash(n) = SHA-256(hash(n-1) + bytes(n)), where the bytes hold the
number, the moment, who, what, about what, and salted hashes of the actor's name and of everything else. A head (number,
hash, moment) signed with Ed25519 and kept elsewhere shows a tail that was cut off, which a chain alone cannot.

**Worked example.** Record 812 of 1,000 is changed in the database: `audit verify` stops there and says so, exit code 8.
Records 991 to 1,000 are deleted: the chain of 990 is sound in itself, but the head of record 1,000 that was exported last
night says that ten are missing.

**Source.** Haber and Stornetta (1991), "How to time-stamp a digital document": linking each entry to the one before it;
Schneier and Kelsey (1999), "Secure audit logs to support computer forensics".
"""

from __future__ import annotations

from pathlib import Path

from saleswright.data.audit.actions import audit_export, audit_head, audit_show, audit_verify
from saleswright.data.audit.page import PAGES
from saleswright.kernel.chapter import Chapter

CHAPTER = Chapter(
    name="audit",
    group="Data",
    title="Who did what?",
    doc=__doc__ or "",
    folder=Path(__file__).parent,
    actions=(audit_show, audit_verify, audit_export, audit_head),
    pages=PAGES,
)
