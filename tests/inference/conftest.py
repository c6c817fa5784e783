"""A trial trained in this process, with its folder."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import bakeoff
from bakeoff import Study

Trained = Callable[..., bakeoff.TrainedModel]


@pytest.fixture
def trained(tmp_path: Path) -> Trained:
    """Train a trial of a study of one variant; its folder is ``w``, its store ``s.db``."""

    def call(study: Study, folder: str = "w", **options: Any) -> bakeoff.TrainedModel:
        with ThreadPoolExecutor(1) as executor:
            return bakeoff.train(
                study,
                study.variants[0].name,
                tmp_path / folder,
                store=tmp_path / "s.db",
                executor=executor,
                **options,
            )

    return call
