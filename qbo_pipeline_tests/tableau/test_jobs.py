"""Jobs are judged by their end alone, asked after less and less often, and found again when an answer got lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from qbo_pipeline.tableau.answers import Job, ListedJob
from qbo_pipeline.tableau.errors import JobFailedError, JobTimeoutError
from qbo_pipeline.tableau.jobs import lost_jobs, wait_for_job
from qbo_pipeline.tableau.limits import Limited, Usage
from qbo_pipeline.tableau.manner import JobPatience

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


def job(*, ended: bool, code: int, notes: tuple[str, ...] = (), about: tuple[str, ...] = ()) -> Job:
    return Job("1", "PublishDatasource", NOW if ended else None, code, notes, 100 if ended else 0, about)


class Site:
    """What is asked of a site about its jobs."""

    def __init__(self, *answers: Job, listed: tuple[ListedJob, ...] = (), used: int = 0) -> None:
        self.answers = list(answers)
        self.listed = listed
        self.windows = self
        self.used = used
        self.asked = 0

    def usage(self, kind: Limited) -> Usage:
        assert kind is Limited.JOB_STATUS
        return Usage(self.used, 100, 0.0)

    def job(self, job_id: str) -> Job:
        self.asked += 1
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def jobs_since(self, instant: datetime) -> list[ListedJob]:
        return [one for one in self.listed if one.created_at is None or one.created_at >= instant]


def wait(site: Any, patience: JobPatience | None = None, pauses: list[float] | None = None) -> Job:
    pauses = [] if pauses is None else pauses
    return wait_for_job(site, "1", "publication", patience or JobPatience(), sleep=pauses.append)


def test_a_finish_code_before_the_end_means_nothing() -> None:
    site = Site(job(ended=False, code=1), job(ended=False, code=2), job(ended=True, code=0))

    assert wait(site).succeeded
    assert site.asked == 3


@pytest.mark.parametrize(("code", "told"), [(1, "failed"), (2, "was cancelled"), (-1, "failed")])
def test_an_end_that_is_no_success_is_told_with_its_notes(code: int, told: str) -> None:
    with pytest.raises(JobFailedError, match=f"{told}: No space left"):
        wait(Site(job(ended=True, code=code, notes=("No space left",))))


def test_a_failure_without_notes_says_so() -> None:
    with pytest.raises(JobFailedError, match="gives no reason"):
        wait(Site(job(ended=True, code=1)))


def test_questions_become_rarer_and_end_at_the_deadline() -> None:
    pauses: list[float] = []
    with pytest.raises(JobTimeoutError, match="Nothing is lost"):
        wait(Site(job(ended=False, code=0)), JobPatience(first=1, factor=2, longest=8, within=40), pauses)

    assert all(earlier <= later for earlier, later in pairwise(pauses))
    assert max(pauses) == 8
    assert 40 <= sum(pauses) < 48


def test_once_most_questions_of_the_day_are_spent_the_longest_pause_is_made() -> None:
    pauses: list[float] = []
    wait(Site(job(ended=True, code=0), used=80), JobPatience(first=1, longest=30), pauses)

    assert pauses == [30]


def listed(name: str, seconds: int, *, kind: str = "publish_datasource", title: str | None = None) -> ListedJob:
    return ListedJob(name, kind, "Success", NOW + timedelta(seconds=seconds), title)


def test_the_job_of_a_lost_answer_is_of_its_kind_later_than_it_and_says_that_it_is_ours() -> None:
    known = {"known"}
    jobs = (
        listed("older", -3_600), listed("known", 1), listed("mine", 2, title="Books"),
        listed("other", 3, title="Other"), listed("refresh", 4, kind="RefreshExtract", title="Books"),
    )  # fmt: skip
    site: Any = Site(job(ended=True, code=0), listed=jobs)

    assert lost_jobs(site, "PublishDatasource", NOW, known, None, "Books") == (["mine"], [])


@pytest.mark.parametrize(
    ("about", "luid", "found"),
    [
        (("luid", "Books"), "luid", (["one"], [])),
        (("another", "Books"), "luid", ([], [])),
        (("luid", "Books"), None, (["one"], [])),
        ((), "luid", ([], ["one"])),
    ],
)
def test_a_job_without_a_title_is_asked_what_it_is_about(
    about: tuple[str, ...], luid: str | None, found: tuple[list[str], list[str]]
) -> None:
    site: Any = Site(job(ended=False, code=0, about=about), listed=(listed("one", 1),))

    assert lost_jobs(site, "PublishDatasource", NOW, set(), luid, "Books") == found
