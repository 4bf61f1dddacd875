"""Names and keywords of Keras, PyTorch and scikit-learn around training: what stands in their
modules of callbacks, losses, metrics, schedules and data, and in their calls of `fit`, each with
the line to write. See `habits`."""

from __future__ import annotations

_BEST = (
    "callbacks.EarlyStopping(restore_best_weights=True), and model.save_weights('model.npz') after "
    "fit; or after every epoch callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: "
    "model.save_weights('model.npz'))"
)
_LOG = "history = model.fit(...), and history.history"

CALLBACKS = {
    "ModelCheckpoint": _BEST,
    "BackupAndRestore": _BEST,
    "CSVLogger": _LOG,
    "TensorBoard": "viz.plots.training_curves(history), or history.history",
    "History": _LOG,
    "BaseLogger": _LOG,
    "ProgbarLogger": "model.fit(..., verbose=1)",
    "RemoteMonitor": _LOG,
    "SwapEMAWeights": "a Callback of your own: model.get_weights() and set_weights()",
}
LOSSES = {
    "KLDivergence": "tg.losses.categorical_crossentropy, which differs by a constant",
    "Poisson": "a function: lambda y_true, y_pred: (y_pred - y_true * tg.log(y_pred)).mean()",
    "LogCosh": "a function: lambda y_true, y_pred: tg.log(tg.cosh(y_pred - y_true)).mean()",
    "Hinge": "a function: lambda y_true, y_pred: tg.relu(1 - y_true * y_pred).mean()",
    "SquaredHinge": "a function: lambda y_true, y_pred: (tg.relu(1 - y_true * y_pred) ** 2).mean()",
    "MeanAbsolutePercentageError": "a function: lambda y_true, y_pred: 100 * abs((y_true - y_pred) "
    "/ y_true).mean()",
    "MeanSquaredLogarithmicError": "a function: lambda y_true, y_pred: ((tg.log1p(y_pred) - "
    "np.log1p(y_true)) ** 2).mean()",
    "CosineSimilarity": "a function: lambda y_true, y_pred: -((y_true * y_pred).sum(-1) / "
    "tg.norm(y_pred, axis=-1) / np.linalg.norm(y_true, axis=-1)).mean()",
    "BinaryFocalCrossentropy": "a function of (y_true, y_pred)",
    "CategoricalFocalCrossentropy": "a function of (y_true, y_pred)",
    "CrossEntropyLoss": "tg.cross_entropy(logits, labels)",
    "MSELoss": "tg.mse(prediction, target)",
}
METRICS = {
    "Accuracy": 'metrics=["accuracy"]',
    "BinaryAccuracy": 'metrics=["binary_accuracy"]',
    "CategoricalAccuracy": 'metrics=["categorical_accuracy"]',
    "SparseCategoricalAccuracy": 'metrics=["sparse_categorical_accuracy"]',
    "TopKCategoricalAccuracy": "metrics=[tg.metrics.scores.TopKCategoricalAccuracy(k=5)]",
    "SparseTopKCategoricalAccuracy": "metrics=[tg.metrics.scores.TopKCategoricalAccuracy(k=5)]",
    "Precision": 'metrics=["precision"]',
    "Recall": 'metrics=["recall"]',
    "AUC": 'metrics=["auc"]',
    "R2Score": 'metrics=["r2"]',
    "MeanSquaredError": 'metrics=["mse"]',
    "MeanAbsoluteError": 'metrics=["mae"]',
    "RootMeanSquaredError": 'metrics=["mse"], and its root',
    "F1Score": 'metrics=["precision", "recall"], and 2 * p * r / (p + r)',
    "Mean": "np.mean(values)",
    "Sum": "np.sum(values)",
    "accuracy_score": '"accuracy", or (prediction.argmax(axis=1) == labels).mean()',
    "confusion_matrix": "np.histogram2d(labels, guesses, bins=np.arange(classes + 1))[0], and "
    "viz.plots.confusion_matrix draws it",
}
SCHEDULES = {
    "InverseTimeDecay": "learning_rate=lambda step: 0.1 / (1 + rate * step / steps)",
    "CosineDecayRestarts": "learning_rate=lambda step: tg.schedules.CosineDecay(0.1, steps)(step % "
    "steps)",
    "LearningRateSchedule": "learning_rate=f, a function of the step",
    "StepLR": "learning_rate=lambda step: 0.1 * gamma ** (step // size)",
    "ExponentialLR": "learning_rate=lambda step: 0.1 * gamma ** step",
    "MultiStepLR": "learning_rate=tg.schedules.PiecewiseConstantDecay([100, 200], [0.1, 0.01, "
    "0.001])",
    "CosineAnnealingLR": "learning_rate=tg.schedules.CosineDecay(0.1, steps)",
    "LinearLR": "learning_rate=tg.schedules.PolynomialDecay(0.1, steps)",
    "PolynomialLR": "learning_rate=tg.schedules.PolynomialDecay(0.1, steps)",
    "LambdaLR": "learning_rate=f, a function of the step",
    "OneCycleLR": "learning_rate=f, a function of the step",
    "ReduceLROnPlateau": "tg.callbacks.ReduceLROnPlateau() for fit; in a loop of your own "
    "optimizer.learning_rate *= 0.1",
}
DATASETS = {
    "mnist": "tg.datasets.fashion_mnist.load_data(), of the same shapes",
    "cifar10": "tg.datasets.fashion_mnist.load_data(), which is here",
    "make_moons": "tg.datasets.moons(200, noise=0.1, seed=0)",
    "make_circles": "tg.datasets.circles(200, noise=0.1, seed=0)",
    "make_blobs": "tg.datasets.blobs(200, seed=0)",
    "make_classification": "tg.datasets.blobs(200, seed=0)",
    "make_regression": "tg.datasets.regression_1d(100, seed=0)",
}

_SPLIT = "validation_data=(x_val, y_val), or validation_split=0.2"
_WORKERS = "nothing: the data are arrays, which no worker loads"
_DATA = {
    "n_samples": "n=",
    "random_state": "seed=",
    "num_samples": "n=",
    "n_points": "n=",
    "n_features": "nothing: points of the plane",
}
_TRAINING = {
    "workers": _WORKERS,
    "use_multiprocessing": _WORKERS,
    "max_queue_size": _WORKERS,
    "nb_epoch": "epochs=",
    "n_epochs": "epochs=",
    "num_epochs": "epochs=",
    "max_iter": "epochs=",
    "batchsize": "batch_size=",
    "bs": "batch_size=",
    "lr": "compile(optimizer=tg.optim.Adam(learning_rate=0.01))",
    "learning_rate": "compile(optimizer=tg.optim.Adam(learning_rate=0.01))",
    "optimizer": "model.compile(optimizer=...) before",
    "loss": "model.compile(loss=...) before",
    "metrics": "model.compile(metrics=[...]) before",
    "validation": _SPLIT,
    "val_data": _SPLIT,
    "eval_set": _SPLIT,
    "validation_fraction": "validation_split=",
    "sample_weights": "sample_weight=",
    "class_weights": "class_weight=",
    "random_state": "seed=",
    "progress": "verbose=1",
    "callback": "callbacks=[...]",
    "data": "x= and y=",
    "X": "x=",
    "return_dict": "evaluate(..., return_dict=True)",
}
_TRANSFORM = {"eps": "rtol= and atol=: the step is chosen for each entry"}

KEYWORDS = {
    "fit": _TRAINING,
    "evaluate": _TRAINING,
    "predict": _TRAINING,
    "compile": {
        "lr": "optimizer=tg.optim.Adam(learning_rate=0.01)",
        "learning_rate": "optimizer=tg.optim.Adam(learning_rate=0.01)",
        "momentum": "optimizer=tg.optim.SGD(learning_rate=0.01, momentum=0.9)",
        "from_logits": "loss=tg.losses.SparseCategoricalCrossentropy(from_logits=True)",
        "sample_weight_mode": "fit(..., sample_weight=)",
        "target_tensors": "fit(x, y)",
        "distribute": "nothing: there is one device, the processor",
        "metric": "metrics=[...]",
        "losses": "loss=",
        "callbacks": "fit(..., callbacks=[...])",
        "epochs": "fit(..., epochs=)",
        "backend": "nothing: fit compiles its step by itself",
        "mode": "nothing: fit compiles its step by itself",
    },
    "Sequential": {
        "layers": "the list first: nn.Sequential([...])",
        "input_shape": "input_shape= of the first layer",
        "trainable": "model.trainable = False, after it",
    },
    "check_gradients": _TRANSFORM
    | {
        "tol": "rtol= and atol=",
        "modes": "nothing: reverse mode is checked, to order 2",
        "raise_exception": "nothing: a difference is always an error",
        "fast_mode": "nothing: one random direction is enough",
        "check_grad_dtypes": "nothing: gradients have their tensor's dtype",
        "nondet_tol": "nothing: leave it out",
        "n_samples": "nothing: one random direction is enough",
    },
    "jit": {
        "donate_argnums": "nothing: arrays are read where they are",
        "donate_argnames": "nothing: arrays are read where they are",
        "device": "nothing: there is one device, the processor",
        "backend": "nothing: there is one device, the processor",
        "inline": "nothing: a jitted function inside another is part of its program",
        "keep_unused": "nothing: leave it out",
        "fullgraph": "nothing: what cannot be compiled is always refused",
        "dynamic": "nothing: each shape has a program of its own",
        "mode": "nothing: leave it out",
        "input_signature": "nothing: the first call says it",
        "jit_compile": "nothing: leave it out",
        "reduce_retracing": "nothing: leave it out",
        "autograph": "nothing: a loop is written out, step by step",
        "nopython": "nothing: what cannot be compiled is always refused",
        "cache": "nothing: programs are kept while the function lives",
        "parallel": "nothing: leave it out",
        "fastmath": "nothing: the numbers are those of the plain call",
    },
    "tensor": {
        "pin_memory": "nothing: there is one device, the processor",
        "shape": "tg.tensor(data).reshape(shape)",
        "trainable": "requires_grad=True",
        "ndmin": "tg.tensor(np.array(data, ndmin=2))",
        "order": "tg.tensor(np.asarray(data, order=order))",
    },
    "to_categorical": {
        "n_classes": "num_classes=",
        "depth": "num_classes=",
        "num_class": "num_classes=",
    },
    "EarlyStopping": {"threshold": "min_delta=", "restore_best": "restore_best_weights=True"},
    "ReduceLROnPlateau": {
        "threshold": "min_delta=",
        "eps": "min_delta=",
        "optimizer": "nothing: fit's",
    },
    "moons": _DATA,
    "circles": _DATA,
    "spirals": _DATA,
    "blobs": _DATA | {"centers": "classes="},
    "regression_1d": _DATA,
}
"""By the function's name: keyword -> what to write."""
