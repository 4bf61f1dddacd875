"""The lecture as programs: `python -m demos` lists them."""

import os

# The lecture's networks are small: a second BLAS thread saves nothing, and on a busy machine its
# waiting costs tenfold.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
