"""What goes out, and did it arrive? One table of effects, each with a key and a state, claimed by workers under a lease.

    planned -> approved -> claimed -> sending -> confirmed | failed | in_doubt -> resolved        (or cancelled)

Nothing is promised to happen exactly once in general: where the other side takes a key or can be asked, nothing is lost
and nothing doubled; elsewhere what may or may not have gone out is parked for a person, never blindly sent again.
"""

from saleswright.kernel.effects.planning import approve, cancel, key_of, plan, send_now

__all__ = ["approve", "cancel", "key_of", "plan", "send_now"]
