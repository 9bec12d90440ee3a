"""What did we do? The journal: requests, decisions, effects, authored events, one chain of records that proves them.

    journal = open_journal(workspace)
    with journal.write(actor) as w:          # one transaction, one writer at a time, all or nothing
        w.con.execute(...)                   # rows of the tables in tables.py
        w.record("decided", "request:17", {"verdict": "yes"})

Every state change writes exactly one record in the same transaction. A record's body may name people: it is kept beside
the chain, which holds only a salted hash of it, so that erasing a body leaves the chain verifying.
"""

from saleswright.kernel.journal.place import address, shown
from saleswright.kernel.journal.store import Journal, Writing, let_go, open_journal, position, written

__all__ = ["Journal", "Writing", "address", "let_go", "open_journal", "position", "shown", "written"]
