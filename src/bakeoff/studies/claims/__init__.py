"""What the longer reports conclude, each sentence with the test that settles it.

All are judged on the final epoch's test error, also where a report publishes the best epoch on
test. "About x points" is taken as x less one point at least, "a little" as any gain at all.
"""
