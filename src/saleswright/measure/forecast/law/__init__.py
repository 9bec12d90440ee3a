"""What will a period book, and how sure is that? The distribution of bookings, worked out rather than drawn.

    bookings = won so far + open deals won in time + deals not created yet that are won in time

Each open deal is won with its chance p, at its amount times a ratio that varies (won amounts differ from those in the
pipeline). Deals do not decide alone: a good or bad market moves them together. Given that shock they are independent,
so the characteristic function of the sum is a product over deals; it is averaged over the shock, and one Fourier transform
turns it into the distribution. Nothing is drawn, so nothing has to be drawn often: 10,000 deals take as long as it takes
to draw their sum a few hundred times, and the result is the same to the bit each time.

    law = bookings(amount, chance, floor=won_so_far, rho=shock(won, decided), coming=coming(created, wins, amounts, 3))
    law.likely()                  the range that holds 80 %
    law.at_least(target)          the chance of the target
    law.shortfall(target)         how much is missing on average
    law.effects(target)           the few deals on which the target hangs, with and without each
    law.independent               the same, if deals did not move together

Worked example (formulas 10, G12): deals of 50,000, 30,000 and 20,000 with chances of 50, 40 and 25 % book 42,000 on average,
with a standard deviation of 30,265.49, and at least 60,000 with a chance of 27.5 %. Fifty deals of 10,000 at 30 % book 150,000,
with a standard deviation of 32,404 if they are independent and of 84,626 if their correlation is 0.2 (G11): who leaves that out
tells a range far too narrow. So the correlation is estimated, told with its range, and the law without it stands beside.

Sources: one-factor model: Vasicek (2002); inversion: Gil-Pelaez (1951), Abate and Whitt (1992); chance of the number of wins to
come: Poisson with a gamma-mixed mean. Why it is built like this: docs/decisions/0031-the-law-of-bookings.md.
"""
