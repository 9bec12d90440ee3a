"""What do we say ourselves? Typed events: a call, an assignment, a note about a loss. A kind of event is one file here.

    with journal.write(actor) as w:
        author(w, "loss_note", {"deal": "D12", "noted": day, "reason": "price"})

`projected` makes tables of them, on which figures stand as on everything imported.
"""

from saleswright.history.authored.author import author, checked
from saleswright.history.authored.kinds import OWN, EventType, problems, tables, types, widened

__all__ = ["OWN", "EventType", "author", "checked", "problems", "tables", "types", "widened"]
