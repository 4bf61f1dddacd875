"""The sample that is shipped with the demos."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from tinygrad_edu.datasets import fashion_mnist

DATA = Path(__file__).parents[2] / "demos" / "data"
SAMPLE = DATA / "fashion-mnist-sample"


@pytest.fixture(scope="module")
def full(full_folder):
    return fashion_mnist.load_data(full_folder)


@pytest.fixture(scope="module")
def make_sample():
    spec = importlib.util.spec_from_file_location("make_sample", DATA / "make_sample.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_counts_and_types():
    for (images, labels), per_class in zip(
        fashion_mnist.load_data(SAMPLE), (600, 100), strict=True
    ):
        assert images.shape == (10 * per_class, 28, 28) and images.dtype == np.uint8
        assert labels.dtype == np.uint8
        assert np.bincount(labels).tolist() == [per_class] * 10
        assert len({image.tobytes() for image in images}) == len(images)  # none drawn twice
        # in the original order, not class after class
        assert (np.diff(labels.astype(int)) < 0).any()


def test_its_licence_comes_with_it():
    text = (SAMPLE / "LICENSE").read_text()
    assert "MIT License" in text and "2017 Zalando SE" in text
    assert "THE SOFTWARE IS PROVIDED" in text
    assert "https://github.com/zalandoresearch/fashion-mnist" in (SAMPLE / "README.md").read_text()


def test_the_draw_is_stratified_and_always_the_same(make_sample):
    labels = np.tile(np.arange(10, dtype=np.uint8), 50)
    drawn = make_sample.draw(labels, 4)
    assert np.bincount(labels[drawn]).tolist() == [4] * 10
    assert (np.diff(drawn) > 0).all()
    assert np.array_equal(make_sample.draw(labels, 4), drawn)
    # Frozen: the bits of PCG64 are the same in every NumPy. Another draw would be another sample.
    assert drawn[:6].tolist() == [6, 23, 24, 32, 37, 52]


def test_the_script_writes_the_same_bytes_again(make_sample, put_set, tmp_path, monkeypatch):
    source = put_set("full", seed=3)
    monkeypatch.setattr(make_sample, "PER_CLASS", {"train": 1, "t10k": 1})
    for out in ("a", "b"):
        make_sample.make(source, tmp_path / out)
    names = sorted(file.name for file in (tmp_path / "a").iterdir())
    assert names == sorted(f"{name}.gz" for name in fashion_mnist.FILES)
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


@pytest.mark.fullset
def test_every_image_of_the_sample_is_one_of_the_full_set(full):
    for (images, labels), (all_images, all_labels) in zip(
        fashion_mnist.load_data(SAMPLE), full, strict=True
    ):
        known = {
            (image.tobytes(), label)
            for image, label in zip(all_images, all_labels.tolist(), strict=True)
        }
        assert all(
            (image.tobytes(), label) in known
            for image, label in zip(images, labels.tolist(), strict=True)
        )


@pytest.mark.fullset
def test_the_script_draws_the_shipped_sample(full, make_sample):
    shipped = fashion_mnist.load_data(SAMPLE)
    for (images, labels), (all_images, all_labels), per_class in zip(
        shipped, full, (600, 100), strict=True
    ):
        drawn = make_sample.draw(all_labels, per_class)
        assert np.array_equal(labels, all_labels[drawn])
        assert np.array_equal(images, all_images[drawn])
