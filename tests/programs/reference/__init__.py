"""Forward-mode differentiation, written without the catalogue: what random programs are held to.

The rules here are derivatives of what the functions mean, in the other direction: nothing is shared
with `ops/`.
"""

from .activations import *  # noqa: F403
from .dual import Dual, choices, gradients, leaves
from .entrywise import *  # noqa: F403
from .moves import *  # noqa: F403
from .products import *  # noqa: F403
from .reductions import *  # noqa: F403
