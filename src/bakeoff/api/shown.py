"""Verdicts that are shown leave a note, so that rounds added afterwards count as added."""

from __future__ import annotations

from dataclasses import replace

from bakeoff.analysis.results import Results
from bakeoff.claims.key import claim_key
from bakeoff.claims.verdicts import rounds_asked, verdicts
from bakeoff.running.store import Store


def with_shown(results: Results, store: Store) -> Results:
    """Return results that know after how many rounds verdicts on their claims were first shown.

    Those that can be shown now for the first time are noted in the store, by their rounds: below 0
    where there are too few to decide any, so that none could be wrong yet, and 0 where verdicts
    hold after any number, as those of rounds until decided do. Where it cannot be written the
    results are returned all the same.
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
