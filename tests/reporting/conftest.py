import os
import pickle
from collections.abc import Iterator
from pathlib import Path

import pytest
from chromium import Page, chromium, find_chromium
from sample_results import Render

from bakeoff.analysis.results import Results
from bakeoff.reporting.write import render


@pytest.fixture(scope="session")
def page(session_cache: Path) -> Render:
    """Renders pages with one cache for the session, so that scripts are bundled once.

    Equal results are rendered once.
    """
    pages: dict[bytes, str] = {}

    def rendered(results: Results) -> str:
        key = pickle.dumps(results)
        if key not in pages:
            with pytest.MonkeyPatch.context() as patch:
                patch.setitem(os.environ, "BAKEOFF_CACHE", str(session_cache))
                pages[key] = render(results, "html")
        return pages[key]

    return rendered


@pytest.fixture(scope="module")
def browser() -> Iterator[Page]:
    executable = find_chromium()
    if executable is None:
        pytest.skip("no Chromium on this machine (Debian: apt install chromium)")
    with chromium(executable) as opened:
        yield opened


@pytest.fixture
def tab(browser: Page) -> Page:
    """The browser's only tab, which has said and asked nothing yet."""
    browser.complaints.clear()
    browser.requests.clear()
    return browser
