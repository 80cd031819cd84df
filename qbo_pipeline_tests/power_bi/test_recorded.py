"""What is written down of publications: what a later one does not look at still holds."""

from __future__ import annotations

from dataclasses import replace

import pytest

from qbo_pipeline.model.definition import Measure
from qbo_pipeline.power_bi import recorded
from qbo_pipeline.power_bi.publication import Publication
from qbo_pipeline.power_bi.publish import publish
from qbo_pipeline.power_bi.publisher import DESTINATION
from qbo_pipeline.publishing.standing import last_publication
from qbo_pipeline.settings import Settings
from qbo_pipeline_tests.power_bi.books import HARBOUR, MEASURES, MERIDIAN, MODEL, Books, lines
from qbo_pipeline_tests.power_bi.conftest import QUICK

_TOTAL, _LINES = MEASURES
_OTHERWISE = replace(
    _TOTAL, sql=f"SELECT sum(amount) + ($realm_id = '{MERIDIAN}')::INTEGER FROM finance.line WHERE realm_id = $realm_id"
)
"""In the books of Meridian it comes out otherwise in the warehouse than in Power BI."""


@pytest.fixture
def differing(settings: Settings, books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    """A total of Meridian differs, as a publication of everything saw."""
    _measured_by(monkeypatch, _OTHERWISE)
    books.put(*lines(HARBOUR, 5), *lines(MERIDIAN, 5))
    books.write(settings.data.warehouse)
    recorded.publish_recorded(settings)
    assert differences(settings) == ["Total Amount of " + MERIDIAN]


def differences(settings: Settings) -> list[str]:
    found = last_publication(settings, DESTINATION, compared=True)
    assert found is not None
    return [one.partition(",")[0] for one in found.unequal]


def _measured_by(monkeypatch: pytest.MonkeyPatch, measure: Measure) -> None:
    model = replace(MODEL, measures=(measure, _LINES))

    def publish_books(settings: Settings, **more: object) -> Publication:
        return publish(settings, **{**more, "model": model, "manner": QUICK})  # type: ignore[arg-type]

    monkeypatch.setattr(recorded, "publish", publish_books)


@pytest.mark.usefixtures("differing")
def test_a_publication_of_one_company_does_not_hide_what_differs_of_another(settings: Settings) -> None:
    done = recorded.publish_recorded(settings, companies=[HARBOUR])

    assert done.equal
    assert differences(settings) == ["Total Amount of " + MERIDIAN]


@pytest.mark.usefixtures("differing")
def test_what_a_publication_of_one_company_finds_to_be_equal_differs_no_more(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    _measured_by(monkeypatch, _TOTAL)
    assert recorded.publish_recorded(settings, companies=[MERIDIAN]).equal

    assert differences(settings) == []
