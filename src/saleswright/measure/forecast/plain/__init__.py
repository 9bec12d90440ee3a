"""What would anyone say without a model? Plain forecasts that a better one must beat, each with a law of its own errors.

**Question.** What came in last time, or a year ago; the pace so far; the open pipeline by stage chances, or by the share that
pipelines like it brought; growth carried on; what the reps call: how good is that alone?

**Formula.** `series`: last period, seasonal naive, run rate. `open_deals`: stage-weighted, close rate (of the same day a year
before, or trailing), rep commit. `growth`: the published growth method on revenue, on its four factors, by member. `ets`:
AutoETS, where its package is. Each says a point, or why it cannot; its law is its point x its own past errors at the same
horizon, rising by 1 / (n + 1) from one error to the next, so that its CRPS is compared fairly (`guess`).

**Worked example.** 40 was won in 30 of 90 days: the run rate says 120. Pipelines of 400 and 600 brought 100 and 150 more; 500
is open: the trailing close rate is 25 %, and says 40 + 125 = 165.

**Source.** Formulas 4.1 and 4.5; otexts.com/fpp3.
"""
