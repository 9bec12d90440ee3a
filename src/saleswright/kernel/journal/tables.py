"""How is the journal kept? The tables, the same on SQLite and PostgreSQL.

Moments are whole microseconds since 1970 in UTC. Amounts are whole minor units with a currency. JSON is text.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
Whole = BigInteger().with_variant(Integer, "sqlite")

# What the journal is (its id, from which the chain begins) and how far it is (the last event that is projected).
about = Table("about", metadata, Column("name", Text, primary_key=True), Column("value", Text, nullable=False))

# Who acted. The chain holds the number and `proof`, a salted hash of the name; an erased name is NULL, its salt empty.
actor = Table(
    "actor",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, unique=True),
    Column("salt", LargeBinary, nullable=False),
    Column("proof", Text, nullable=False),
)

# One state change. `bytes` is what is hashed, with the hash before it; the columns repeat it for asking.
record = Table(
    "record",
    metadata,
    Column("seq", Whole, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", Integer, ForeignKey("actor.id"), nullable=False),
    Column("act", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("bytes", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Index(None, "subject", "seq"),
)

# What a record is about, in full. `event` names the type of one that projects to a table, empty for all others.
# An erased body is NULL, its salt empty.
detail = Table(
    "detail",
    metadata,
    Column("seq", Whole, ForeignKey("record.seq"), primary_key=True, autoincrement=False),
    Column("event", Text, nullable=False, default=""),
    Column("salt", LargeBinary, nullable=False),
    Column("body", LargeBinary),
    Index(None, "event", "seq"),
)

# What is left of a body that was erased, without the person it named; `erasure` is the record that says so.
erased = Table(
    "erased",
    metadata,
    Column("seq", Whole, ForeignKey("record.seq"), primary_key=True, autoincrement=False),
    Column("erasure", Whole, ForeignKey("record.seq"), nullable=False),
    Column("body", LargeBinary, nullable=False),
)

# A change request: who or what asks, why, until when, and where it stands.
# state: open | approved | refused | expired | withdrawn
request = Table(
    "request",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("adapter", Text, nullable=False),
    Column("risk", Text, nullable=False),
    Column("actor", Integer, ForeignKey("actor.id"), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("expires", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("undoes", Integer, ForeignKey("request.id")),
    Column("preview", Text),
    Column("snap", Text, nullable=False, default=""),
    Index(None, "state", "id"),
    Index(None, "key"),
)

# One change of a request. state: open | approved | refused | moved | expired | applied | failed | in_doubt
line = Table(
    "line",
    metadata,
    Column("request", Integer, ForeignKey("request.id"), primary_key=True),
    Column("n", Integer, primary_key=True),
    Column("entity", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("field", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("old", Text, nullable=False),
    Column("new", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("amount", BigInteger),
    Column("currency", Text),
    Column("state", Text, nullable=False),
    Column("said", Text, nullable=False, default=""),
    Column("key", Text, nullable=False),
    Index(None, "key"),
    Index(None, "subject", "field"),
)

# Yes or no, by a person or by a policy (`policy` names it), for a whole request (n = 0) or one line of it.
decision = Table(
    "decision",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("request", Integer, ForeignKey("request.id"), nullable=False),
    Column("n", Integer, nullable=False),
    Column("actor", Integer, ForeignKey("actor.id"), nullable=False),
    Column("verdict", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("policy", Text, nullable=False, default=""),
    Column("at", BigInteger, nullable=False),
    UniqueConstraint("request", "n", "actor"),
)

# One act on the outside world.
# state: planned | approved | claimed | sending | confirmed | failed | in_doubt | resolved | cancelled
effect = Table(
    "effect",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("request", Integer, ForeignKey("request.id")),
    Column("n", Integer),
    Column("adapter", Text, nullable=False),
    Column("intent", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("due", BigInteger, nullable=False),
    Column("lease", BigInteger),
    Column("worker", Text),
    Column("outside_id", Text),
    Column("said", Text, nullable=False, default=""),
    Column("at", BigInteger, nullable=False),
    Column("changed", BigInteger, nullable=False),
    Index(None, "state", "due"),
    Index(None, "request", "n"),
)

# What a keyed call over HTTP answered, so that the same call again gives the same answer.
answered = Table(
    "answered",
    metadata,
    Column("key", Text, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("status", Integer, nullable=False),
    Column("answer", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
)

# One run of a schedule: the pair is unique, so nothing that is due runs twice. version: of the text it was due by, empty
# when it ran by hand. state: seen (nothing before counts) | running | done | failed | unconfirmed | missed
scheduled = Table(
    "scheduled",
    metadata,
    Column("schedule", Text, primary_key=True),
    Column("due", BigInteger, primary_key=True),
    Column("state", Text, nullable=False),
    Column("lease", BigInteger),
    Column("worker", Text),
    Column("began", BigInteger),
    Column("ended", BigInteger),
    Column("attempts", Integer, nullable=False, default=0),
    Column("version", Text, nullable=False, default=""),
    Column("said", Text, nullable=False, default=""),
    Column("kept", Text, nullable=False, default=""),
)
