"""How good would the forecast have been? Every past period forecast again, on every day knowing only what was known then.

**Question.** How often did its ranges hold, how far off was its middle, does it beat what anyone can say without a model, and
does it beat the people who call?

**Method.** Rolling origins: on the eve of each past period and every few weeks inside it the model learns anew from what was
known at the end of that day, and forecasts. Nothing is carried from one day to the next, so the answer of a day is to the bit the
forecast that day would have shown. Every plain forecast (`forecast.plain`) is asked on the same days.

**Scores.** `forecast.scored`, counted in periods; the weeks of one period are one outcome.

**What is kept.** Each day's answer as soon as it is there, so that a run that was broken off goes on; of a whole run all answers,
what they were made of, and no row of a deal (decision 0034).
"""
