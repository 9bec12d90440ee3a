"""What will a period book, from the record: won so far, the deals open now, and those not created yet.

**Question.** Where will the quarter land, how sure is that, and what does it stand on?

**Formula.** Bookings = won in the period so far + open deals that are won by its end + deals that come in after today and are
won by its end. Each open deal has the chance of the deal model, at its amount times what wins were booked at; what comes in is
the rate of past arrivals times how many of them are won within so many days; one common shock moves all of it.

    past = record.past(day)                    what had become of every deal
    learned = learn(record.told(rows, day), past, ends)
    told = foretell(learned, now, first, last)
    told.law.likely(), told.law.at_least(target), told.means

**Source.** Formulas 4.3 and 6.1; decisions 0031 and 0032.
"""
