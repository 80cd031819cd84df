"""Every recorded request of the real service, sent to this one: the answers have the same shape.

Shape: status, content type and the headers of QuickBooks; then keys and their order, types, nesting, lengths of lists.
Reads, whose state is in the recordings, are answered with what was recorded, to the last value.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline.local.quickbooks.entities import ALL, SUFFIXED
from qbo_pipeline_tests.local.quickbooks.small_books import Caller, Record, SmallBooks

RECORDINGS = Path(__file__).parents[4] / "shared" / "data" / "quickbooks_recordings"
pytestmark = pytest.mark.skipif(not RECORDINGS.is_dir(), reason=f"no recordings in {RECORDINGS}")

NAMES = sorted(path.stem.removeprefix("spec__vcr__") for path in RECORDINGS.glob("spec__vcr__*.json"))
HEADERS = ("content-type", "intuit_tid", "qbo-version", "service-time")

EXCEPTIONS = {
    "reports__gl__0": "of a company whose books were not recorded; the reports' own tests compare what is shared",
    "reports__profit_and_loss__0": "of a company whose books were not recorded; as above",
}

UNSEEN: dict[str, list[tuple[str, Record]]] = {
    "attachment__create_for_invoice__0": [("Invoice", {"Id": "75", "SyncToken": "0", "MetaData": {}})],
}
"""What a request tells to be there, and no answer shows."""

_CREW = {"Name": "SalesFormsPrefs.UseSalesCustom1", "Type": "BooleanType", "BooleanValue": True}
_CREW_NAME = {"Name": "SalesFormsPrefs.SalesCustomName1", "Type": "StringType", "StringValue": "Crew #"}
SETTINGS = {
    "Id": "1",
    "SyncToken": "0",
    "CurrencyPrefs": {"HomeCurrency": {"value": "USD"}},
    "TaxPrefs": {"UsingSalesTax": True, "TaxGroupCodeRef": {"value": "2"}},
    "SalesFormsPrefs": {
        "CustomTxnNumbers": False,
        "CustomField": [{"CustomField": [_CREW]}, {"CustomField": [_CREW_NAME]}],
    },
}
"""Of the recorded company, as its answers imply them: they were not recorded."""


def recorded(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((RECORDINGS / f"spec__vcr__{name}.json").read_text())
    if isinstance(found["body"], str):
        found["body"] = json.loads(found["body"])
    return found


def records(body: Any) -> Iterator[tuple[str, Record]]:
    """Every record in an answer, with its entity."""
    answers = [body, body.get("QueryResponse", {}), *body.get("BatchItemResponse", [])]
    answers += [part for one in body.get("CDCResponse", []) for part in one["QueryResponse"]]
    for answer in answers:
        for entity in ALL & set(answer):
            value = answer[entity]
            for record in value if isinstance(value, list) else [value]:
                if "MetaData" in record:
                    yield entity, bare(record)


def bare(record: Record) -> Record:
    """As it is kept: without the mark of inactive records."""
    return {
        key: value.removesuffix(" (deleted)") if key in SUFFIXED and record.get("Active") is False else value
        for key, value in record.items()
    }


def state_before(name: str) -> list[tuple[str, Record]]:
    """What the company held when a request came: what its recording told until then, the newest known of the rest."""
    scene, _, number = name.rpartition("__")
    reads = recorded(name)["request"]["method"] == "get"
    known: dict[tuple[str, str], Record] = {}
    for other in NAMES:
        if other.rpartition("__")[0] != scene:
            for entity, record in records(recorded(other)["body"]):
                before = known.get((entity, record["Id"]))
                if before is None or int(before["SyncToken"]) <= int(record["SyncToken"]):
                    known[entity, record["Id"]] = record
    own = [other for other in NAMES if other.rpartition("__")[0] == scene]
    pages = "QueryResponse" in recorded(name)["body"]  # of one moment, and whole only together
    last = int(number) - (not reads)
    own = [other for other in own if pages or int(other.rpartition("__")[2]) <= last]
    told = [pair for other in own for pair in records(recorded(other)["body"])]
    if pages:
        entities = {entity for entity, _ in told}
        known = {key: record for key, record in known.items() if key[0] not in entities}
    if not reads:
        made = {(entity, record["Id"]) for entity, record in records(recorded(name)["body"])}
        known = {key: record for key, record in known.items() if key not in made}
    known |= {(entity, record["Id"]): record for entity, record in told}
    services = {"Name": "Services", "Type": "Service", "IncomeAccountRef": {"value": "1"}}
    known.setdefault(("Item", "1"), {"Id": "1", **services, "MetaData": {}})
    return [
        ("Preferences", SETTINGS),
        *UNSEEN.get(name, []),
        *((entity, record) for (entity, _), record in known.items()),
    ]


def differences(mine: Any, theirs: Any, path: str = "") -> Iterator[str]:
    """Where two JSON values are of another shape."""
    if isinstance(mine, dict) and isinstance(theirs, dict):
        for key in theirs.keys() - mine.keys():
            yield f"{path}.{key} is missing"
        for key in mine.keys() - theirs.keys():
            yield f"{path}.{key} is not recorded"
        shared = [key for key in theirs if key in mine]
        if [key for key in mine if key in theirs] != shared:
            yield f"{path} has another order"
        for key in shared:
            yield from differences(mine[key], theirs[key], f"{path}.{key}")
    elif isinstance(mine, list) and isinstance(theirs, list):
        if len(mine) != len(theirs):
            yield f"{path} has {len(mine)} members, recorded are {len(theirs)}"
        for place, (one, other) in enumerate(zip(mine, theirs, strict=False)):
            yield from differences(one, other, f"{path}[{place}]")
    elif kind(mine) != kind(theirs):
        yield f"{path} is {kind(mine)}, recorded is {kind(theirs)}"


def kind(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return str(type(value).__name__)
    return "number" if isinstance(value, int | float) else type(value).__name__


def replayed(caller: Caller, name: str) -> httpx.Response:
    request = recorded(name)["request"]
    path = httpx.URL(request["uri"]).raw_path.decode().split("/v3/", 1)[1].removeprefix("company/-COMPANY_ID-/")
    first = request["body"].partition("\r\n")[0]  # of an upload the line between its parts, of all else everything
    kind = f"multipart/form-data; boundary={first[2:]}" if path == "upload" else "application/json"
    return caller.http.request(request["method"], path, content=request["body"], headers={"Content-Type": kind})


@pytest.mark.parametrize("name", NAMES)
def test_an_answer_has_the_recorded_shape(service: LocalQuickBooks, name: str) -> None:
    if name in EXCEPTIONS:
        pytest.skip(EXCEPTIONS[name])
    service.add_company(SmallBooks(records=state_before(name)))
    caller = Caller(service)
    if recorded(name)["status"]["code"] == 401:
        service.oauth.expire_access_tokens()
    with caller.http:
        answer, expected = replayed(caller, name), recorded(name)

    assert answer.status_code == expected["status"]["code"], answer.text
    theirs = {key.lower().replace("intuit-tid", "intuit_tid"): values[0] for key, values in expected["headers"].items()}
    assert {key for key in HEADERS if key in theirs} <= set(answer.headers)
    assert answer.headers["content-type"] == theirs["content-type"]
    assert list(differences(answer.json(), expected["body"])) == []
    if expected["request"]["method"] == "get" and answer.status_code == 200:
        assert answer.json() | {"time": None} == expected["body"] | {"time": None}
