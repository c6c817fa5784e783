"""The templates of the package's pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment, Template


def environment() -> Environment:
    """Returns the environment of the package's templates, which escapes values."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    templates = Environment(
        loader=PackageLoader("bakeoff.reporting"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.policies["json.dumps_kwargs"] = {"separators": (",", ":")}
    return templates


def code(name: str) -> Template:
    """Returns a template of a file of code, in which nothing is escaped."""
    return environment().overlay(autoescape=False, keep_trailing_newline=True).get_template(name)
