"""Imports open_clip, with timm, where torchvision is not installed: it is needed for image transforms only, which play no part here."""
import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from unittest.mock import MagicMock


class Pretend(MetaPathFinder, Loader):
    """Finds every module of torchvision, each an empty pretence."""

    def find_spec(self, name, path=None, target=None):
        return ModuleSpec(name, self, is_package=True) if name.split(".")[0] == "torchvision" else None

    def create_module(self, spec):
        return MagicMock(__path__=[], __name__=spec.name)

    def exec_module(self, module):
        pass


try:
    import torchvision  # noqa: F401
except ImportError:
    sys.meta_path.append(Pretend())

import open_clip  # noqa: E402,F401
