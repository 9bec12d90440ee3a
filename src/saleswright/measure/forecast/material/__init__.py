"""Which few deals decide the period, what must close by when, and how much more is needed?

**Question.** The forecast says how likely the target is. On which deals does that hang, and why do they stand where they stand? If
the dates that owners state are kept, what has to be closed by the end of each week? And if it does not suffice, how many more
wins, qualified deals and leads does it take?

**Formula.** A deal's effect is the chance of the target were it certain to be won, less the chance were it not there, everything
else as it is (`law.Bookings.effects`). What must be closed by the end of a week is what is expected up to then plus what the
forecast lacks on average: then what is expected afterwards still brings the target. Numbers needed: see `needed`.

**Worked example.** Target 100, nothing won, two deals of 60 at 50 % that do not move together: both are needed, so the chance is
25 %. With the first won it is 50 %, without it nothing: 50 points hang on it. Expected are 60, so 40 are lacking; where both are
due in the first week 100 must be closed by its end.

**Source.** Formulas 4.3 (sensitivity of the chance of the target) and 6.2.
"""
