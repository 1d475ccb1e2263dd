"""Imports open_clip where torchvision is not installed: it is needed for image transforms only, which play no part here."""
import sys
from importlib.machinery import ModuleSpec
from unittest.mock import MagicMock

try:
    import torchvision  # noqa: F401
except ImportError:
    for name in ["torchvision" + part for part in ["", ".ops", ".ops.misc", ".transforms", ".transforms.functional"]]:
        sys.modules[name] = MagicMock(__spec__=ModuleSpec(name, None))

import open_clip  # noqa: E402,F401
