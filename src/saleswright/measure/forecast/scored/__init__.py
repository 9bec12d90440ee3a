"""How good was the forecast, and how sure is that?

**Question.** How far off was the number, and to which side? How often did the range hold? Were the chances of single deals
right? Was all this better than what anyone can say without a model?

**Formula.** WAPE = sum |A - F| / sum |A|; bias = sum (F - A) / sum |A|; MASE against the seasonal naive. Pinball loss with
the factor 2, so that its mean over all levels is the CRPS = integral of (cdf - [x >= A])^2. Brier, log loss, and a
calibration table in ten bins. Whatever says "n" counts independent outcomes: periods, not weeks; deals, not rows.

**Worked example.** Forecast 100, 120, 80; came 90, 150, 80. WAPE 40 / 320 = 12.5 %, bias -20 / 320 = -6.25 %, and the total
looks 93.75 % right, because errors cancel in it: so the total never stands alone.

**Source.** Formulas 4.5; Gneiting and Raftery 2007; Murphy 1973; Hyndman and Koehler 2006; otexts.com/fpp3.
"""
