"""The published studies that come with bakeoff; each file reads like its report."""

from bakeoff.studies import benquet, chen, dinh_herve, dong, zhou
from bakeoff.study.study import Study

BUILT_IN: tuple[Study, ...] = (zhou.study, dinh_herve.study, dong.study, chen.study, benquet.study)
"""The built-in studies, in the order of the reports."""
