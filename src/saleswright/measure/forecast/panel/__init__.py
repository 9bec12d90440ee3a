"""What was known of every open deal on a day, and what became of it?

**Question.** A forecast learns from the past: on each of many days, which deals were open, how did they look by what the CRM
knew *then*, and how did they end? And today: the same columns of the deals that are open now.

**Method.** A landmark panel: one row for each deal and day (`panel.Panel`). The deals are those of the flow's book on that day,
with the rules in force on it, and their amounts tie to `open_pipeline` to the cent. Every version of every deal is read once
(`versions`), laid out as stretches of the days asked for (`clocks`), and what a deal had been through is summed along its
versions (`so_far`, `order`), so a hundred days cost little more than one. Where something was told late, or taken back, a
deal's whole past is told again from that day on: counts of stages and pushes are those that the metrics gave on that day.

**As known then.** On day d only what was true at its end and known at its end counts (`known_from`: the source's own record time,
decision 0008). Nothing that was told later moves a row by one bit, not even the place of a name in a list. What became of the
deals is told apart (`outcomes`), as known on whatever later day is asked for, so one panel serves all origins of a back-test
(`record.Record`).

**What had become of all deals** by a day (`past`), also of those that nobody ever saw open: won as `won_value` counts and at its
amounts, open and lost as the book, to the unit.

**Assumptions.** A deal ends on its closing day; one that was opened again lives on. Disqualified, removed and otherwise uncounted
deals are open until they left, as in the life table, and marked `gone`. A day on which the CRM was cleaned up is no day of
losses, by the rule of the junk finder (`cleaned`). Rates are those known on the day: a currency whose first rate came later has
no worth before.

**Cost.** 20,000 deals on 100 days: about a second; 100,000 deals on 160 days, a million rows: some five seconds.
"""
