"""The machinery that `tensor.py` stands on. Read `walk.py` first: it is the whole of reverse mode.

walk.py        from the loss back to the leaves, newest tensor first
modes.py       whether operations are recorded: no_grad, detect_anomaly, and so on
versions.py    which data is newer, so that a stale graph is an error
snapshots.py   how a change of a user's array is found
protocols.py   np.exp(tensor) and np.sum(tensor) become operations
inputs.py      what comes in as numbers
anomaly.py     where the first NaN came from
messages.py    tensors in words
"""
