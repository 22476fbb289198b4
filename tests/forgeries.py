"""Forged model folders, each a change to a copy of a good one; every one must be refused.

``FORGERIES`` maps a sentence to a function of the folder. Payloads make the file ``owned`` in the
current folder if anything in them is executed.
"""

import forged_bytes
import forged_fields
from forging import FORGERIES, edit_manifest, edit_tree

__all__ = ["FORGERIES", "edit_manifest", "edit_tree", "forged_bytes", "forged_fields"]
