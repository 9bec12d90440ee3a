"""What was tried on past days is kept by content: the same answer to the bit, never that of other rows, and never in the way."""

from __future__ import annotations

import numpy as np
import pytest

from saleswright.measure.forecast.chance import fit, trial
from saleswright.measure.forecast.outlook import tried
from saleswright.measure.forecast.outlook.tried import FOLDER, MOST, Tried
from tests.measure.forecast.chance.measured import seeds
from tests.measure.forecast.worlds import World

DAYS = np.array([28, 91])


@pytest.fixture
def world():
    return World("stable", next(iter(seeds(1))), 600)


def test_the_second_time_nothing_is_tried_and_every_chance_is_the_same_to_the_bit(world, tmp_path, monkeypatch):
    rows, now, kept = world.training(), world.open(), Tried(tmp_path)
    plain = fit(rows, ends=world.quarter_ends).within(now, DAYS)
    first = fit(rows, ends=world.quarter_ends, roll=kept.roll).within(now, DAYS)
    monkeypatch.setattr(trial, "roll", lambda *given: pytest.fail("tried again"))
    second = fit(rows, ends=world.quarter_ends, roll=kept.roll).within(now, DAYS)
    assert (plain == first).all() and (first == second).all()


def test_one_row_less_another_split_or_other_ends_are_tried_anew(world, tmp_path):
    rows, kept = world.training(), Tried(tmp_path)
    for panel, groups, ends, seed in (
        (rows, ("segment",), world.quarter_ends, 0),
        (rows.only(slice(1, None)), ("segment",), world.quarter_ends, 0),
        (rows, ("source",), world.quarter_ends, 0),
        (rows, ("segment",), world.quarter_ends[1:], 0),
        (rows, ("segment",), None, 0),
        (rows, ("segment",), world.quarter_ends, 1),
    ):
        kept.roll(panel, groups, ends, seed)
    assert len(list((tmp_path / "cache" / FOLDER).iterdir())) == 6


def test_a_damaged_file_and_a_folder_that_cannot_be_written_to_stop_nobody(world, tmp_path):
    rows, kept = world.training(every=4), Tried(tmp_path)
    before = kept.roll(rows, ("segment",), None, 0)
    (path,) = (tmp_path / "cache" / FOLDER).iterdir()
    for damage in (b"", b"PK\x03\x04", path.read_bytes()[:200]):
        path.write_bytes(damage)
        assert (kept.roll(rows, ("segment",), None, 0).cells == before.cells).all()
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    assert (Tried(tmp_path / "file").roll(rows, ("segment",), None, 0).cells == before.cells).all()


def test_only_the_newest_are_kept(tmp_path):
    none = trial.Trial(np.zeros(0, np.int64), np.zeros((0, 5, 2)), np.zeros((0, 2)), np.zeros((0, 2), bool))
    for n in range(MOST + 5):
        tried._keep(tmp_path / "cache" / FOLDER / f"{n}.npz", none)
    assert len(list((tmp_path / "cache" / FOLDER).iterdir())) == MOST
