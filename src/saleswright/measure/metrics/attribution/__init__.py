"""Which marketing came before the bookings? Won deals shared among their touches, under four models that all add up.

**Question.** Which channels, campaigns and sources touched the deals we won, and how much of the bookings is each
credited with?

**Formula.** A deal's touches up to the day it was won share it: all to the first, all to the last, alike (linear), or by
position (40 % first, 40 % last, 20 % between). The shares of a deal sum to 1, its money is apportioned to the cent, so
every model adds up to the bookings.

**Worked example.** A deal of 100.00 with touches by an event, a webinar and an e-mail: first gives the event 100.00,
last the e-mail 100.00, linear 33.34, 33.33 and 33.33, position 40.00, 20.00 and 40.00.

**Source.** Formulas 7.4, Channel ROI: first touch, last touch and linear selectable; one primary channel per deal for the
four factors, so that totals add.
"""

from __future__ import annotations

from saleswright.measure.metrics.attribution.actions import attribute
from saleswright.measure.metrics.attribution.channels import credited, primary
from saleswright.measure.metrics.attribution.model import KIND, json_schema
from saleswright.measure.metrics.attribution.opened import attribute_deals
from saleswright.measure.metrics.attribution.page import PAGES

ACTIONS = (attribute, attribute_deals)
KINDS = {KIND: json_schema}

__all__ = ["ACTIONS", "KINDS", "PAGES", "attribute", "attribute_deals", "credited", "primary"]
