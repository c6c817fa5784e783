"""Notes of shown verdicts: rounds that are run after a verdict was shown count as added."""

from __future__ import annotations

from dataclasses import replace

from bakeoff.analysis.results import Results
from bakeoff.claims.key import claim_key
from bakeoff.claims.verdicts import rounds_asked, verdicts
from bakeoff.running.store import Store


def with_shown(results: Results, store: Store) -> Results:
    """Returns results with the number of rounds at which each claim's verdict was first shown.

    A verdict that can be shown for the first time is noted in the store, with its number of rounds.
    The number is negative if the rounds are too few to decide any claim, so that no verdict could
    be wrong yet. It is 0 if the verdict holds after any number of rounds, as after a run until
    claims are decided. If the store cannot be written, the results are returned all the same.
    """
    claims = results.study.claims
    if not claims:
        return results
    keys = {c.id: claim_key(c.test, results.study, data=results.data) for c in claims}
    first = store.first_shown(keys.values())
    results = replace(results, shown={id: first[key] for id, key in keys.items() if key in first})
    least = rounds_asked(results.declared)
    now = {
        keys[verdict.claim.id]: (
            0
            if verdict.method != "signed_rank"
            else verdict.rounds
            if verdict.rounds >= least
            else -verdict.rounds
        )
        for verdict in verdicts(results)
        if verdict.p is not None and verdict.rounds is not None
    }
    if now:
        store.note_shown(now)
    return results
