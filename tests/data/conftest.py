from pathlib import Path

import pytest

from bakeoff.data.dataset import Examples
from bakeoff.data.idx_datasets import MNIST


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("BAKEOFF_CACHE", str(folder))
    return folder


@pytest.fixture(scope="session")
def mnist(session_cache: Path) -> Examples:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BAKEOFF_CACHE", str(session_cache))
        return MNIST().load()
