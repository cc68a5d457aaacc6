"""Builds every object of the service, in order, and takes them down in the opposite one.

The HTTP service and the command line build the same parts here; tests hand in replacements for slow or foreign ones.
"""

from app.composition.replacements import Replacements, new_id
from app.composition.searching import ModelMissing
from app.composition.services import open_services
from app.composition.stores import open_index, open_library

__all__ = ["ModelMissing", "Replacements", "new_id", "open_index", "open_library", "open_services"]
