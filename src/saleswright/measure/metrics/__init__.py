"""How are we doing? Every number has one definition: a question, a formula, which rows count and which do not.

**Question.** How many deals come in (new deals), what is a win worth (deal size), how many do we win (win rate), how
long does it take (sales cycle), what did we gain (new value), how fast does the pipeline pay (sales velocity), and how
much is open (open pipeline)?

**Formula.** A metric is about ten lines of YAML of one of six shapes: count, sum, ratio, duration-quantile, balance-at,
cohort-ratio. What does not fit is Python in this folder.

**Worked example.** 4,238 deals won and 2,473 lost: win rate = 4,238 / (4,238 + 2,473) = 63.15 %.

**Source.** The OSM model: Flow, Average sale, Conversion, Time to close, New Value.
"""

from __future__ import annotations

from pathlib import Path

from saleswright.kernel.chapter import Chapter
from saleswright.measure.metrics import attribution, glossary, governance
from saleswright.measure.metrics.actions import explain, headline, measure, metrics
from saleswright.measure.metrics.checking import check
from saleswright.measure.metrics.compare_action import compare
from saleswright.measure.metrics.leave_out import json_schema as rule_schema
from saleswright.measure.metrics.model import json_schema
from saleswright.measure.metrics.now import now
from saleswright.measure.metrics.pages import PAGES
from saleswright.measure.metrics.ramp import json_schema as ramp_schema
from saleswright.measure.metrics.working import json_schema as hours_schema

CHAPTER = Chapter(
    name="metrics",
    group="Measure",
    title="KPIs",
    doc=__doc__ or "",
    folder=Path(__file__).parent,
    actions=(
        now,
        headline,
        measure,
        metrics,
        compare,
        explain,
        *attribution.ACTIONS,
        *glossary.ACTIONS,
        *governance.ACTIONS,
    ),
    pages=(*PAGES, *attribution.PAGES, *glossary.PAGES, *governance.PAGES),
    check=check,
    kinds={
        "metric": json_schema,
        "leave_out": rule_schema,
        "working_hours": hours_schema,
        "ramp": ramp_schema,
        **attribution.KINDS,
        **glossary.KINDS,
        **governance.KINDS,
    },
)
