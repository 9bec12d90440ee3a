"""The figures of a forecast as metrics: each with its reference, so that every number opens to its rows.

**Question.** What is expected of a period, how low and how high may it come, how likely is the target, by how much would it be
missed, and how much of it is not created yet?

**Formula.** All are read from one law of bookings (`forecast.law`): its mean, its quantiles at 10, 50 and 90 %, the chance to
reach the target, the mean of what is missing to it, and the mean of the deals that are not created yet.

**Rows.** The open deals, each with its amount, its chance in the period and what is expected of it; what is won and what is still
to come stand beside them and add to the mean.
"""
