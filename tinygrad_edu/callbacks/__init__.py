"""What is called while `fit` runs, and may stop it: Keras' callbacks, by Keras' names.

base.py       Callback with its hooks, LambdaCallback
monitor.py    what watches one of the logs: EarlyStopping, TerminateOnNaN
rates.py      the learning rate: LearningRateScheduler, ReduceLROnPlateau
dispatch.py   CallbackList: several callbacks told as one
"""

import sys
from typing import TYPE_CHECKING, Any

from .. import habits
from .base import Callback, HOOKS, LambdaCallback, Logs
from .dispatch import CallbackList
from .monitor import EarlyStopping, Monitor, TerminateOnNaN
from .rates import LearningRateScheduler, ReduceLROnPlateau

__all__ = [
    "HOOKS",
    "Callback",
    "CallbackList",
    "EarlyStopping",
    "LambdaCallback",
    "LearningRateScheduler",
    "Logs",
    "Monitor",
    "ReduceLROnPlateau",
    "TerminateOnNaN",
]


if not TYPE_CHECKING:  # a checker knows all names, and finds a misspelt one

    def __getattr__(name: str) -> Any:
        raise habits.missing(__name__, name, sys.modules[__name__])
