"""The gallery renders every kind of picture in both languages, and its index leads to each."""

from __future__ import annotations

import re

import pytest

from demos import gallery


def test_every_group_is_written_with_an_index(tmp_path):
    files = gallery.make(tmp_path, ["functions"])
    assert all(path.is_file() and path.stat().st_size > 1000 for path in files)
    index = (tmp_path / "index.html").read_text(encoding="utf-8")
    linked = set(re.findall(r'(?:href|src)="([^"]+)"', index))
    assert linked == {path.name for path in files} - {"index.html"}
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in files}


@pytest.mark.parametrize("group", gallery.GROUPS)
def test_every_picture_has_a_name_and_captions_in_both_languages(group):
    if group in ("training", "images"):
        pytest.skip("trains networks; `make gallery` runs it in .ci/run")
    names = []
    for name, captions, _ in gallery.GROUPS[group]():
        names.append(name)
        assert set(captions) == {"en", "es"} and captions["en"] != captions["es"]
    assert len(set(names)) == len(names)
