"""A short run of `python -m soak.tableau`."""

from __future__ import annotations

from pathlib import Path

from qbo_pipeline.local.tableau import LocalTableau
from qbo_pipeline_tests.tableau.crashing import Crashes


def test_killed_anywhere_what_is_published_equals_the_books(tableau: LocalTableau, tmp_path: Path) -> None:
    outcome = Crashes(tmp_path, tableau, seed=1).run(2)

    assert outcome.wrong == []
    assert outcome.rounds == 2
    assert outcome.kills + outcome.finished >= 2


def test_killed_at_its_steps_in_turn_what_is_published_equals_the_books(tableau: LocalTableau, tmp_path: Path) -> None:
    # `python -m soak.tableau` takes them all. This many apart, some of both kinds of publication are among them.
    outcome = Crashes(tmp_path, tableau, seed=1).at_each_step(every=27)

    assert outcome.wrong == []
    assert outcome.kills >= 3
