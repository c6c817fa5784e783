"""Controlled comparisons of models.

Declare a `Study`: a task, variants, rounds. `run` trains every trial once and returns the
`Results`, `report` writes them down. The public names stand in `__init__.pyi`, with their homes;
they are imported when first used: importing `bakeoff` itself loads nothing, torch least of all.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
__all__.remove("__version__")
