"""What do sources call a call, a meeting, a voicemail, an automatic answer? Pieces of words, lower case, by what they mean."""

from __future__ import annotations

CALLS = ("call", "phone", "dial", "anruf", "telefon", "appel", "llamada")
MAILS = ("mail", "courriel", "correo")
MEETINGS = (
    "meeting",
    "demo",
    "appointment",
    "event",
    "visit",
    "termin",
    "besprechung",
    "rendez",
    "réunion",
    "reunión",
    "cita",
)
TOUCHES = (*CALLS, *MAILS, *MEETINGS, "sms", "text", "message", "linkedin", "whatsapp", "chat", "letter", "video")
INBOUND = ("inbound", "incoming", "received", "eingehend", "entrant", "entrante")
# What is still to be done, or was put off.
UNDONE = (
    "not started",
    "planned",
    "scheduled",
    "in progress",
    "waiting",
    "deferred",
    "to do",
    "todo",
    "upcoming",
    "cancel",
)
CALLED_OFF = ("cancel", "resched", "moved", "postpone", "abgesagt", "verschoben", "annul")
UNHELD = (*CALLED_OFF, "no show", "no-show", "noshow", "not held", "not started", "planned", "scheduled", "upcoming")
# How a call ended: the first list that has the source's word.
DISPOSITIONS: dict[str, tuple[str, ...]] = {
    "no answer": (
        *("no answer", "no_answer", "not answered", "unanswered", "no contact", "missed", "not connected"),
        "did not connect",
    ),
    "left voicemail": ("voicemail", "voice mail", "left message", "message left", "mailbox"),
    "busy": ("busy",),
    "wrong number": ("wrong", "invalid", "bad number", "disconnected", "out of service"),
    "connected": ("connect", "answered", "spoke", "talked", "reached", "conversation", "completed call"),
}
UNKNOWN = "unknown"
# What came back, though nobody wrote it; and what a person wrote who is interested.
MACHINE = ("auto", "out of office", "out-of-office", "ooo", "vacation", "absence", "abwesen", "bounce", "unsubscri")
NEGATIVE = ("negative", "not interested", "uninterested", "no interest", "not now", "decline")
POSITIVE = ("positive", "interested", "meeting booked", "referral")
