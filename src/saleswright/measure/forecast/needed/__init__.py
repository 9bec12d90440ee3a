"""How many wins, qualified deals and leads does it take to reach the target, and how sure is that?

**Question.** The forecast leaves a gap to the target. How many more must be won, come in, be found, so that the target is
reached with the chance that is wanted?

**Formula.** The law of what comes in anyhow is asked the other way round: N is the number of further wins after which the sum
reaches the target, and the number needed is the one that N does not exceed with the wanted chance. Each win takes as many
qualified deals as its win rate makes it, each of those as many leads. By hand: missing / average sale / win rate / lead rate.

**Worked example.** 1.6 M are missing, the win rate is 22 %: by hand it takes 1.6 M / .22 = 7.27 M of qualified deals, 4.545 times
what is missing. That reaches the target every second time; for four times in five it takes more.

**Source.** Formulas 4.3 and 7; golden vector G18; first passage of a sum, as in Feller 1971, XI.
"""
