"""More programs of Keras and NumPy, written from the README and from memory of the other
library, as they run once the line is written that the first error named."""

from __future__ import annotations

import numpy as np


def test_a_regulariser_in_a_loss_of_ones_own():
    """Ridge-regularised linear regression against its closed form."""
    import tinygrad_edu as keras
    from tinygrad_edu import nn as layers

    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 3))
    y = X @ [1.0, -2.0, 3.0] + 0.1 * rng.normal(size=200)
    model = keras.nn.Sequential(
        [
            layers.Dense(1, use_bias=False, input_shape=(3,)),
        ]
    )
    model.compile(
        optimizer=keras.optimizers.SGD(learning_rate=0.1),
        loss=lambda y_true, y_pred: (
            keras.mse(y_pred, y_true) + 0.1 * (model.layers[0].weight ** 2).sum()
        ),
    )
    model.fit(X, y, epochs=200, batch_size=200, verbose=0, seed=0)
    w = model.get_weights()[0].ravel()
    ref = np.linalg.solve(X.T @ X / 200 + 0.1 * np.eye(3), X.T @ y / 200)
    assert np.allclose(w, ref, atol=1e-3)


def test_a_model_of_two_outputs():
    """Functional API, two outputs."""
    import tinygrad_edu as keras
    from tinygrad_edu import nn as layers

    class Net(keras.nn.Module):
        def __init__(self):
            self.h, self.cls, self.reg = (
                layers.Dense(16, activation="relu"),
                layers.Dense(3, activation="softmax"),
                layers.Dense(1),
            )

        def forward(self, x):
            h = self.h(x)
            return self.cls(h), self.reg(h)

    model = Net()
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 4))
    c = (X[:, 0] > 0).astype(int) + (X[:, 1] > 0)
    r = X[:, :1] * 2
    model(X[:1])
    optimizer = keras.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(200):
        p, q = model(X)
        loss = keras.losses.sparse_categorical_crossentropy(p, c) + keras.mse(q, r)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    p, q = (t.numpy() for t in model(X))
    assert (p.argmax(1) == c).mean() > 0.9


def test_a_layer_with_build_and_call():
    """Custom layer: build + call."""
    import tinygrad_edu as keras

    class Scale(keras.nn.Module):
        def __init__(self, units, **kwargs):
            super().__init__(**kwargs)
            self.units = units

        def build(self, input_shape):
            self.w = keras.tensor(np.zeros((input_shape[-1], self.units)), requires_grad=True)
            self.b = keras.tensor(np.zeros(self.units), requires_grad=True)

        def call(self, inputs):
            return inputs @ self.w + self.b

    X = np.arange(6.0).reshape(6, 1) / 6
    y = 3 * X - 1
    model = keras.Sequential([Scale(1)], seed=0)
    model.compile(loss="mse", optimizer=keras.optimizers.Adam(learning_rate=0.1))
    hist = model.fit(X, y, epochs=300, verbose=0, seed=0, batch_size=6)
    assert abs(model.layers[0].w.numpy().item() - 3) < 0.05
    assert abs(model.layers[0].b.numpy().item() + 1) < 0.05


def test_a_loop_of_ones_own():
    """GradientTape loop."""
    import tinygrad_edu as tf
    from tinygrad_edu import nn

    X, y = tf.datasets.circles(seed=1)
    model = nn.Sequential([nn.Dense(16, activation="tanh"), nn.Dense(1)], seed=0)
    optimizer = tf.optim.Adam(learning_rate=0.02)
    loss_fn = tf.losses.BinaryCrossentropy(from_logits=True)
    for step in range(300):
        logits = model(X, training=True)
        loss = loss_fn(logits, y)
        loss.backward()
        if step == 0:
            optimizer.bind(model.parameters())
        optimizer.step()
        optimizer.zero_grad()
    acc = ((model(X).numpy() > 0) == (y > 0.5)).mean()
    assert acc > 0.95


def test_callbacks_and_the_best_weights():
    """Callbacks: early stopping with the best weights, a checkpoint, a history of one's own."""
    import os
    import tempfile

    import numpy as np

    import tinygrad_edu as keras
    from tinygrad_edu import nn

    rng = np.random.default_rng(3)
    X = rng.normal(size=(60, 20))
    y = X[:, 0] + 2.0 * rng.normal(size=60)

    class LossLog(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            self.losses, self.lrs = [], []

        def on_epoch_end(self, epoch, logs=None):
            self.losses.append(logs.get("val_loss"))
            self.lrs.append(float(self.model.optimizer.learning_rate))

    ck = os.path.join(tempfile.mkdtemp(), "best.weights.h5")
    log = LossLog()
    model = nn.Sequential([nn.Dense(64, activation="relu"), nn.Dense(1)], seed=0)
    model.compile(optimizer="adam", loss="mse", metrics=["mae"])
    history = model.fit(
        X,
        y,
        epochs=300,
        validation_split=0.25,
        verbose=0,
        seed=0,
        callbacks=[
            log,
            keras.callbacks.EarlyStopping(
                monitor="val_loss", patience=5, restore_best_weights=True
            ),
        ],
    )
    best = min(history.history["val_loss"])
    now = model.evaluate(X[45:], y[45:], verbose=0, return_dict=True)
    assert len(log.losses) < 300 and abs(now["loss"] - best) < 1e-5
    assert (
        log.losses == history.history["val_loss"]
        and log.lrs[0] == 0.001
        or abs(log.lrs[0] - 0.001) < 1e-9
    )
    assert set(history.history) == {"loss", "mae", "val_loss", "val_mae"}
    model.save_weights(ck)
    model.load_weights(ck)
    assert abs(model.evaluate(X[45:], y[45:], verbose=0)[0] - best) < 1e-5


def test_a_quantile_by_a_loss_an_example():
    """Quantile regression by a loss of one's own, coverage as metric."""
    import tinygrad_edu as tg
    from tinygrad_edu import nn

    def pinball(q):
        def loss(y_true, y_pred):
            e = y_true - y_pred
            return np.mean(np.maximum(q * e, (q - 1) * e), axis=-1)

        return loss

    def coverage(y_true, y_pred):
        return np.mean(y_true <= y_pred)

    rng = np.random.default_rng(0)
    X = np.ones((2000, 1), dtype="float32")
    y = rng.exponential(size=(2000, 1)).astype("float32")
    model = nn.Sequential([nn.Dense(1, use_bias=False)], seed=0)
    model.compile(optimizer=tg.optim.SGD(learning_rate=0.05), loss=pinball(0.9), metrics=[coverage])
    model.fit(X, y, epochs=200, batch_size=500, verbose=0, seed=0)
    loss, cov = model.evaluate(X, y, verbose=0, batch_size=2000)
    pred = float(model.predict(X[:1], verbose=0)[0, 0])
    assert abs(pred - np.quantile(y, 0.9)) < 0.1 and abs(cov - 0.9) < 0.02


def test_a_linear_autoencoder_is_pca():
    """Linear autoencoder reaches PCA's error; the code by a sub-model."""
    import tinygrad_edu as keras
    from tinygrad_edu import nn

    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 2)) @ rng.normal(size=(2, 6)) + 0.1 * rng.normal(size=(300, 6))
    X -= X.mean(0)
    encoder = keras.Sequential([nn.Dense(2, input_shape=(6,))], name="encoder")
    decoder = keras.Sequential([nn.Dense(6, input_shape=(2,))], name="decoder")
    auto = keras.Sequential([encoder, decoder], seed=0)
    auto.compile(optimizer=keras.optimizers.Adam(learning_rate=0.01), loss="mean_squared_error")
    auto.fit(X, X, epochs=300, batch_size=50, verbose=0, shuffle=True, seed=0)
    err = auto.evaluate(X, X, verbose=0)
    s = np.linalg.svd(X, compute_uv=False)
    pca = (s[2:] ** 2).sum() / X.size
    code = encoder.predict(X, verbose=0)
    assert pca * 0.999 <= err < pca * 1.1 and code.shape == (300, 2)
    auto.summary()
    assert auto.count_params() == 6 * 2 + 2 + 2 * 6 + 6


def test_class_weights_and_a_confusion_matrix():
    """One-hot, class weights, confusion matrix."""
    from tinygrad_edu.utils import to_categorical

    import tinygrad_edu as keras
    from tinygrad_edu import nn

    rng = np.random.default_rng(0)
    n = [400, 60, 40]
    X = np.concatenate(
        [rng.normal(size=(k, 2)) + m for k, m in zip(n, [(0, 0), (2.5, 0), (0, 2.5)])]
    ).astype("float32")
    y = np.repeat([0, 1, 2], n)
    Y = to_categorical(y, num_classes=3)
    model = keras.Sequential(
        [nn.Dense(16, activation="relu"), nn.Dropout(0.1), nn.Dense(3, activation="softmax")],
        seed=1,
    )
    model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy", "recall"])
    weights = {i: len(y) / (3 * k) for i, k in enumerate(n)}
    model.fit(X, Y, epochs=60, class_weight=weights, validation_data=(X, Y), verbose=0, seed=0)
    pred = np.argmax(model.predict(X, verbose=0), axis=1)
    cm = np.histogram2d(y, pred, bins=np.arange(3 + 1))[0]
    assert cm.sum() == 500 and (cm.diagonal() / n > [0.7, 0.9, 0.9]).all()


def test_a_frozen_body_under_a_new_head():
    """Transfer: pop the head, freeze the body, schedule, train_on_batch, weights saved and read."""
    import os
    import tempfile

    import numpy as np

    import tinygrad_edu as keras
    from tinygrad_edu import nn

    X, y = keras.datasets.spirals(seed=0)
    X = X.astype("float32")
    base = keras.Sequential(
        [
            nn.Dense(32, activation="relu"),
            nn.Dense(32, activation="relu"),
            nn.Dense(int(y.max()) + 1),
        ],
        seed=0,
    )
    base.compile(
        optimizer="adam",
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    base.fit(X, y, epochs=200, batch_size=32, verbose=0, seed=0)
    acc = base.evaluate(X, y, verbose=0)[1]
    path = os.path.join(tempfile.mkdtemp(), "w.weights.h5")
    base.save_weights(path)
    body = keras.Sequential(base.layers[:-1])
    body.trainable = False
    new = keras.Sequential([body, nn.Dense(int(y.max()) + 1)], seed=0)
    sched = keras.optimizers.schedules.ExponentialDecay(0.05, decay_steps=50, decay_rate=0.9)
    new.compile(
        optimizer=keras.optimizers.Adam(learning_rate=sched),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    kept = [w.copy() for w in body.get_weights()]
    for step in range(200):
        i = np.random.default_rng(step).integers(0, len(X), 64)
        new.fit(X[i], y[i], batch_size=len(i), verbose=0, seed=0)
    assert all((u == v).all() for u, v in zip(kept, body.get_weights()))
    acc2 = new.evaluate(X, y, verbose=0)[1]
    assert acc > 0.9 and acc2 > 0.85 and len(new.trainable_variables) == 2
