"""The conclusions of the longer reports: a claim for each statement, with the test that settles it.

This rule turns words into margins. It was written before the trials that it judges. It uses a
report's words and printed figures, never the results of bakeoff.

1. If the report itself gives a size to the word, that is taken: Chen's "margin of error of 1% or
   less", Benquet's "few tenth of percent" (half a point).
2. A word of direction alone ("better", "improves", "higher", "best") is any gain at all.
3. A gain of x ("by x", "about x", "another x") is x, give or take a fifth of it, rounded to whole
   points, 1 point at least: 5 is 4 to 6, 10 is 8 to 12, 2 is 1 to 3.
4. A level of x ("is x", "around x") is x, give or take 1 point.
5. No difference ("similar", "saturates", "caps", "not increasing") is one of less than 1 point.
6. "Slightly" and "small" are a gain of less than a fifth of the error printed for the worse
   network, rounded to a tenth of a point. Such gains in the reports are about a ninth at most.
7. "Obvious", "a lot" and "far" are 2 points at least, the gain of Zhou's "most apparent" trick.
8. A count, and 100%, is any number that rounds to it; "considerably" fewer is a fifth fewer at
   least.
9. "Stably" is more than three rounds in four; "becomes stuck" and "stays at" chance are more than
   half of the trials.
10. "More of this, more of that" is a trend; "progressively" and "followed by" are every step.

The reports' sentences are no finer than 1 point: they give accuracies in whole percents.

All claims are judged on the final epoch's test error, even if a report publishes the best epoch on
test. A level that such a report gives is not tested, because the final epoch's is another figure.
Other figures in a sentence are in the study's tables, and are not tested.
"""

from bakeoff import Better, Not


def slightly(better: str, *, than: str, below: float) -> tuple[Better, Not]:
    """Returns the tests of a small gain: there is a gain, and it is smaller than `below`."""
    return Better(better, than=than), Not(Better(better, than=than, by=below))
