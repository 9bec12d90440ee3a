"""What runs by itself?

**Question.** Which questions are asked, and which changes suggested, on a calendar, without anybody at the machine?

**Rule.** What is due runs once. After a time in which nothing ran only the latest of what was due is made up, the others
are written down as missed. A local time that comes twice runs at the first, one that does not come runs when the clocks
have passed it. A run acts as one actor under that actor's access.

**Worked example.** Mon 08:00 in Berlin, with a server that was down for three weeks and comes up on a Wednesday: two Mondays
are missed, the third runs at once, the next one on Monday at 08:00.
"""

from __future__ import annotations

from pathlib import Path

from saleswright.kernel.chapter import Chapter
from saleswright.run.schedules.actions import check, list_, run
from saleswright.run.schedules.schedule import KIND, json_schema

CHAPTER = Chapter(
    name="schedules",
    group="Run",
    title="Schedules",
    doc=__doc__ or "",
    folder=Path(__file__).parent,
    actions=(list_, run),
    kinds={KIND: json_schema},
    check=check,
)
