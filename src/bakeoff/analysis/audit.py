"""The audit of a study: what in its own trials warns against its conclusions, and how much."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, TypeVar, get_args

from bakeoff.analysis.audit_curves import (
    STANDS,
    Flattery,
    Overfit,
    Places,
    Unconverged,
    flattery,
    is_clear,
    overfit,
    unconverged,
)
from bakeoff.analysis.audit_fairness import (
    ChoiceOnTest,
    OddHabit,
    UnequalSetting,
    UnequalSizes,
    UnequalTuning,
    choices_on_test,
    odd_habits,
    unequal_settings,
    unequal_sizes,
    unequal_tuning,
)
from bakeoff.analysis.audit_rounds import (
    Diverged,
    FewRounds,
    UnevenRounds,
    diverged,
    few_rounds,
    uneven_rounds,
)
