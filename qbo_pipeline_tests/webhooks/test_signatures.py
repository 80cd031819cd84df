from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbo_pipeline.webhooks.signatures import is_signed, signature
from qbo_pipeline_tests.shared_data import required

VECTORS = "quickbooks_recordings/_webhook_signature_vectors__intuit_sdk_tests.json"


@pytest.mark.parametrize("number", [0, 1])
def test_the_signatures_in_the_tests_of_intuits_own_kits_are_right(number: int) -> None:
    vector = json.loads(required(VECTORS).read_text())[number]
    body, token = vector["payload"].encode(), vector["verifier_token"]

    assert signature(body, token) == vector["intuit_signature"]
    assert is_signed(body, vector["intuit_signature"], [token])


def test_any_of_several_tokens_will_do() -> None:
    assert is_signed(b"[]", signature(b"[]", "new"), ["old", "new"])
    assert is_signed(b"[]", signature(b"[]", "old"), ["old", "new"])
    assert not is_signed(b"[]", signature(b"[]", "other"), ["old", "new"])


def test_no_token_verifies_nothing() -> None:
    assert not is_signed(b"[]", signature(b"[]", ""), [])


@given(body=st.binary(), other=st.binary())
def test_a_signature_belongs_to_one_body(body: bytes, other: bytes) -> None:
    assert is_signed(other, signature(body, "token"), ["token"]) == (body == other)


@given(claimed=st.text(st.characters(codec=None)))
def test_whatever_is_claimed_is_judged_without_an_error(claimed: str) -> None:
    assert not is_signed(b"a body", claimed, ["token"])
