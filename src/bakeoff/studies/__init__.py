"""The published studies that ship with bakeoff, each a file that reads like its report."""

from bakeoff.studies import benquet, chen, dinh_herve, dong, zhou
from bakeoff.study.study import Study

BUILT_IN: tuple[Study, ...] = (zhou.study, dinh_herve.study, dong.study, chen.study, benquet.study)
"""In the order of the reports."""
