"""What the head of a model says is unique together is."""

from __future__ import annotations

import pytest

from qbo_pipeline.finance.catalogue import shipped
from qbo_pipeline.finance.model import Built, Model
from qbo_pipeline.finance.rendering import quoted
from qbo_pipeline_tests.finance.proof.books import REALM, Books

READ = [model for model in shipped().ordered if model.key and model.built not in (Built.INLINE, Built.MACRO)]


@pytest.mark.parametrize("model", READ, ids=lambda model: model.name)
def test_the_key_of_a_model_is_unique(books: Books, model: Model) -> None:
    assert doubles(books, model) == []


def test_a_key_that_is_there_twice_is_found(books: Books) -> None:
    """Proves that the test above can fail."""
    leg = shipped().by_name["posting.leg"]

    with books.falsified(f"INSERT INTO posting.leg FROM posting.leg WHERE realm_id = '{REALM}' LIMIT 1"):
        assert len(doubles(books, leg)) == 1


def doubles(books: Books, model: Model) -> list[tuple[object, ...]]:
    """The keys that more than one row has."""
    key = ", ".join(f'"{name}"' for name in model.key)
    return books.query(f"SELECT {key} FROM {quoted(model.relation)} GROUP BY {key} HAVING count(*) > 1")
