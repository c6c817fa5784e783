"""The documentation as a site: `make docs` builds it, and a warning is an error."""

import re
from pathlib import Path

from sphinx.application import Sphinx

ROOT = Path(__file__).parents[1]

project = "bakeoff"
copyright = "MIT licence"
html_title = "bakeoff"
html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["wide.css"]
html_show_sphinx = False
html_copy_source = False

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]

default_role = "py:obj"
autodoc_typehints_format = "short"
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True}
python_maximum_signature_line_length = 80
python_use_unqualified_type_names = True
napoleon_numpy_docstring = False
napoleon_use_rtype = False
# Types stand in the signature; a field of a spec is called what it is.
napoleon_custom_sections = [("Attributes", "params_style"), ("Class attributes", "params_style")]

ABOVE = {"results": "RESULTS.md", "changelog": "CHANGELOG.md", "contributing": "CONTRIBUTING.md"}
"""Pages whose text stands beside the README, by their name here."""


def _read(_: Sphinx, page: str, source: list[str]) -> None:
    """Lets links lead to pages of the site, wherever their files stand in the repository."""
    if page in ABOVE:
        # What lies outside docs/ is no page: the link's text stays.
        text = (ROOT / ABOVE[page]).read_text(encoding="utf-8")
        source[0] = re.sub(r"\[([^]]+)\]\((?!docs/|#|http)[^)]+\)", r"\1", text)
        source[0] = source[0].replace("](docs/", "](")
    for name, file in ABOVE.items():
        source[0] = source[0].replace(f"](../{file}", f"]({name}.md")
    source[0] = re.sub(r"\[([^]]+)\]\(\.\./[^)]+\)", r"\1", source[0])


_LIMITED = r"Annotated\[((?:[^][,]|\[[^][]*\])+), (?:[^][]|\[[^][]*\])*\]"


def _plain(*event: object) -> tuple[str | None, str | None]:
    """Returns a signature without the limits of numbers: ``int`` for pydantic's ``PositiveInt``."""
    signature, returns = event[5], event[6]
    return (
        re.sub(_LIMITED, r"\1", signature) if isinstance(signature, str) else None
    ), returns if isinstance(returns, str) else None


def setup(app: Sphinx) -> None:
    """Connects what this file adds."""
    app.connect("autodoc-process-signature", _plain)
    app.connect("source-read", _read)
