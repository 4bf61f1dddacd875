"""Callback, whose methods `fit`, `evaluate` and `predict` call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Logs = Mapping[str, float] | None


class Callback:
    """Base of callbacks. `fit`, `evaluate` and `predict` (`callbacks=[...]`) call its methods, the
    hooks, at the points that their names say, as in Keras. Override those you want.

    `self.model` is the model; `self.model.stop_training = True` ends training after the batch or
    the epoch. `self.params` has `verbose`, `epochs`, `steps`, and in `fit` `metrics`, the names in
    the logs.

    `logs` are the means so far: loss and metrics, and after an epoch their `val_` too; before
    something begins they are empty. What a callback adds to an epoch's logs goes into the history.
    Batches are counted within the epoch, epochs from 0. A method may leave `logs` out; an argument
    with a default is for them if its name begins with "log".

    >>> from tinygrad_edu import nn
    >>> class Print(Callback):
    ...     def on_epoch_end(self, epoch, logs=None):
    ...         print(epoch, sorted(logs))
    >>> model = nn.MLP(1, 1, seed=0)
    >>> model.compile("sgd", "mse")
    >>> _ = model.fit([1.0], [2.0], epochs=2, verbose=0, callbacks=[Print()])
    0 ['loss']
    1 ['loss']
    """

    model: Any = None
    params: Mapping[str, Any] = {}

    def set_model(self, model: Any) -> None:
        """Called before all else with the model, which is `self.model` from then on.

        >>> callback = Callback()
        >>> callback.set_model("a model")
        >>> callback.model
        'a model'
        """
        self.model = model

    def set_params(self, params: Mapping[str, Any]) -> None:
        """Called before all else with what is about to run, which is `self.params` from then on.

        >>> callback = Callback()
        >>> callback.set_params({"epochs": 5})
        >>> callback.params["epochs"]
        5
        """
        self.params = params

    def on_train_begin(self, logs: Logs = None) -> None:
        """Before the first epoch of `fit`.

        >>> LambdaCallback(on_train_begin=lambda logs=None: print("begins")).on_train_begin()
        begins
        """

    def on_train_end(self, logs: Logs = None) -> None:
        """After the last epoch, also after one that Ctrl-C has ended; logs of the last epoch.

        >>> LambdaCallback(on_train_end=lambda logs: print(logs)).on_train_end({"loss": 0.5})
        {'loss': 0.5}
        """

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Before the first batch of an epoch.

        >>> LambdaCallback(on_epoch_begin=lambda epoch: print("epoch", epoch)).on_epoch_begin(0)
        epoch 0
        """

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """After an epoch and its validation, with the logs of both.

        >>> show = LambdaCallback(on_epoch_end=lambda epoch, logs: print(epoch, logs))
        >>> show.on_epoch_end(0, {"loss": 2.0})
        0 {'loss': 2.0}
        """

    def on_train_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Before a step of `fit`.

        >>> LambdaCallback(on_train_batch_begin=lambda batch: print(batch)).on_train_batch_begin(0)
        0
        """
        self.on_batch_begin(batch, logs)

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        """After a step of `fit`, when the parameters are updated; logs so far in this epoch.

        >>> show = LambdaCallback(on_train_batch_end=lambda batch, logs: print(batch, logs))
        >>> show.on_train_batch_end(3, {"loss": 2.0})
        3 {'loss': 2.0}
        """
        self.on_batch_end(batch, logs)

    def on_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Another name of `on_train_batch_begin`.

        >>> LambdaCallback(on_batch_begin=lambda batch, logs: print(batch)).on_train_batch_begin(0)
        0
        """

    def on_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Another name of `on_train_batch_end`.

        >>> LambdaCallback(on_batch_end=lambda batch, logs: print(batch)).on_train_batch_end(0)
        0
        """

    def on_test_begin(self, logs: Logs = None) -> None:
        """Before the first batch of `evaluate`, and of validation.

        >>> LambdaCallback(on_test_begin=lambda logs=None: print("evaluates")).on_test_begin()
        evaluates
        """

    def on_test_end(self, logs: Logs = None) -> None:
        """After the last batch of `evaluate`, and of validation, with its logs.

        >>> LambdaCallback(on_test_end=lambda logs: print(logs)).on_test_end({"loss": 0.5})
        {'loss': 0.5}
        """

    def on_test_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Before a batch of `evaluate`, and of validation.

        >>> LambdaCallback(on_test_batch_begin=lambda batch: print(batch)).on_test_batch_begin(1)
        1
        """

    def on_test_batch_end(self, batch: int, logs: Logs = None) -> None:
        """After a batch of `evaluate`, and of validation.

        >>> LambdaCallback(on_test_batch_end=lambda batch: print(batch)).on_test_batch_end(1)
        1
        """

    def on_predict_begin(self, logs: Logs = None) -> None:
        """Before the first batch of `predict`.

        >>> LambdaCallback(on_predict_begin=lambda logs=None: print("predicts")).on_predict_begin()
        predicts
        """

    def on_predict_end(self, logs: Logs = None) -> None:
        """After the last batch of `predict`.

        >>> LambdaCallback(on_predict_end=lambda logs=None: print("done")).on_predict_end()
        done
        """

    def on_predict_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Before a batch of `predict`.

        >>> LambdaCallback(on_predict_batch_begin=lambda n: print(n)).on_predict_batch_begin(2)
        2
        """

    def on_predict_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """After a batch of `predict`; `logs["outputs"]` are the model's outputs.

        >>> show = LambdaCallback(on_predict_batch_end=lambda batch, logs: print(logs["outputs"]))
        >>> show.on_predict_batch_end(0, {"outputs": [1.0]})
        [1.0]
        """


HOOKS = [name for name in vars(Callback) if name.startswith("on_")]
"""The names of all hooks."""


class LambdaCallback(Callback):
    """A callback made of functions, given by the names of the hooks.

    Errors: TypeError for a name that is no hook; it lists the known ones.

    >>> seen = []
    >>> note = LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(logs["loss"]))
    >>> note.on_epoch_end(0, {"loss": 0.5})
    >>> seen
    [0.5]
    """

    def __init__(self, **functions: Callable[..., None]) -> None:
        for name, function in functions.items():
            if name not in HOOKS:
                raise TypeError(f"no callback is called {name!r}; known: {', '.join(HOOKS)}")
            setattr(self, name, function)
