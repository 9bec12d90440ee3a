"""What flows through the pipeline, what moved, and why was the target hit or missed?

**Question.** How many deals come in, what is a win worth, how many are won and how fast (the four factors); what changed
between two days; where do deals stop; why did the period land where it did; and who needs what?

**Formula.** Revenue of a period = average sale x conversion x sum of (deals that came in k periods ago x share of wins that
close k periods after coming in). A waterfall's lines sum to the end less the start, deal by deal, to the cent. A miss is
shared out by Shapley's rule: each cause gets its average effect over all orders, and the parts sum to the miss.

**Worked example.** Planned 100 deals x 10,000 x 25 % = 250,000; came 90 x 11,000 x 22 % = 217,800. Of the miss of 32,200
fewer deals explain 24,650, a lower conversion 29,900, and the larger average sale gave 22,350 back.

**Source.** Formulas 2 (four factors), 3 (flow) and 4.2 (life table); Shapley 1953.
"""

from __future__ import annotations

from pathlib import Path

from saleswright.kernel.chapter import Chapter
from saleswright.measure.flow.causes import actions as causes
from saleswright.measure.flow.checking import check
from saleswright.measure.flow.factors import actions as factors
from saleswright.measure.flow.funnel import actions as funnel
from saleswright.measure.flow.life import actions as life
from saleswright.measure.flow.miss import actions as miss
from saleswright.measure.flow.waterfall import actions as waterfall

_PARTS = (factors, life, waterfall, funnel, miss, causes)

CHAPTER = Chapter(
    name="flow",
    group="Measure",
    title="Flow",
    doc=__doc__ or "",
    folder=Path(__file__).parent,
    actions=tuple(action for part in _PARTS for action in part.ACTIONS),
    pages=tuple(page for part in _PARTS for page in part.PAGES),
    check=check,
    kinds={name: schema for part in _PARTS for name, schema in part.KINDS.items()},
)
