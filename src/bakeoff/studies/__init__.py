"""The studies that ship with bakeoff: five reports, what they wish for, and a champion."""

from bakeoff.studies import benquet, champion, chen, dinh_herve, dong, wishes, zhou
from bakeoff.study.study import Study

REPORTS: tuple[Study, ...] = (zhou.study, dinh_herve.study, dong.study, chen.study, benquet.study)
"""In the order of the reports."""

BUILT_IN: tuple[Study, ...] = (*REPORTS, wishes.pairs, wishes.digits, champion.study)
"""The reports, then what they would have tried next, then how far one gets."""
