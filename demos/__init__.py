"""The lecture as programs: `python -m demos` lists them."""
