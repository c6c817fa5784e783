"""What the longer reports conclude: one statement, one claim, with the test that settles it.

The rule by which words become margins. It was written before the trials that it judges; it reads
a report's words and printed figures, never the results of bakeoff.

1. A size that the report itself gives to the word is taken: Chen's "margin of error of 1% or
   less", Benquet's "few tenth of percent" (half a point).
2. A word of direction alone ("better", "improves", "higher", "best") is any gain at all.
3. A gain of x ("by x", "about x", "another x") is x, give or take a fifth of it, rounded to whole
   points, 1 point at least: 5 is 4 to 6, 10 is 8 to 12, 2 is 1 to 3.
4. A level of x ("is x", "around x") is x, give or take 1 point.
5. No difference ("similar", "saturates", "caps", "not increasing") is one of less than 1 point.
6. "Slightly" and "small" are a gain, of less than a fifth of the error printed for the worse
   network, rounded to a tenth of a point. What the reports call so is about a ninth at most.
7. "Obvious", "a lot" and "far" are 2 points at least: what Zhou's "most apparent" trick brings.
8. A count, and 100%, is what rounds to it; "considerably" fewer is a fifth fewer at least.
9. "Stably" is more than three rounds in four; "becomes stuck" and "stays at" chance are more than
   half of the trials.
10. "More of this, more of that" is a trend; "progressively" and "followed by" are every step.

1 point is where the reports' sentences stop: they give accuracies in whole percents.

All are judged on the final epoch's test error, also where a report publishes the best epoch on
test; a level that such a report gives is not tested, for the final epoch's is another figure.
Figures that a sentence gives beside its statement stand in the study's tables and are not tested.
"""

from bakeoff import Better, Not


def slightly(better: str, *, than: str, below: float) -> tuple[Better, Not]:
    """Return the tests of a small gain: there is one, and it is smaller than `below`."""
    return Better(better, than=than), Not(Better(better, than=than, by=below))
