import os
from pathlib import Path

import pytest
from sample_results import Render

from bakeoff.analysis.results import Results
from bakeoff.reporting.write import render


@pytest.fixture(scope="session")
def page(session_cache: Path) -> Render:
    """Renders pages with one cache for the session, so that scripts are bundled once."""

    def rendered(results: Results) -> str:
        with pytest.MonkeyPatch.context() as patch:
            patch.setitem(os.environ, "BAKEOFF_CACHE", str(session_cache))
            return render(results, "html")

    return rendered
