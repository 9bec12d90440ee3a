"""Which of all these numbers do we steer by, who answers for each, and when was it last looked at?

**Question.** What is a KPI and what only a diagnostic, whose is it, is it due for review, is this month out of the
ordinary, and which seven would do?

**Formula.** Due = last review + cadence, or the day the last review named. Ordinary = within three standard deviations of
what the own periods since the last lasting change tell. Bands = percentiles of those periods.

**Worked example.** Reviewed on 2 November, monthly: due on 2 December, overdue by 5 days on the 7th.

**Source.** Formulas 7.5; Shewhart's control charts (Montgomery, Introduction to Statistical Quality Control, 6 and 7).
"""

from __future__ import annotations

from saleswright.measure.metrics.governance.actions import ACTIONS, KINDS
from saleswright.measure.metrics.governance.pages import PAGES

__all__ = ["ACTIONS", "KINDS", "PAGES"]
