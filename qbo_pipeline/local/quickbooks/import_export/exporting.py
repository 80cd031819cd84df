"""A company of the service becomes a folder of API JSON, a file for each entity."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

from qbo_pipeline.local.quickbooks.clock import pacific
from qbo_pipeline.local.quickbooks.import_export.documents import UNLISTED
from qbo_pipeline.local.quickbooks.json_text import dumps
from qbo_pipeline.local.quickbooks.store import Store


def export_company(store: Store, realm: str, folder: Path) -> dict[str, int]:
    """Write `<Entity>.json` files, each an array with a record a line as the API shows it; entity → objects written.

    Deleted records follow as change data capture tells of them; transactions that are in the books although no entity
    shows them are in `Unlisted.json`. Everything is of one moment, also while a service
    writes. Files of entities that the company has nothing of are not written, and none is removed.
    """
    with store.transaction():
        records = store.rows(
            "SELECT entity, coalesce(shown, body) FROM record WHERE realm = ? ORDER BY entity, number", [realm]
        )
        gone = store.rows(
            "SELECT entity, id, deleted FROM deletion WHERE realm = ? ORDER BY entity, deleted, id", [realm]
        )
        unlisted = [(UNLISTED, f"{{{dumps(kind)}:{text}}}") for kind, _, text in store.unlisted(realm)]
    stubs = [
        (entity, dumps({"domain": "QBO", "status": "Deleted", "Id": one, "MetaData": {"LastUpdatedTime": pacific(at)}}))
        for entity, one, at in gone
    ]
    folder.mkdir(parents=True, exist_ok=True)
    written = {}
    everything = sorted([*records, *stubs, *unlisted], key=lambda one: str(one[0]))
    for entity, found in groupby(everything, key=lambda one: str(one[0])):
        texts = [text for _, text in found]
        (folder / f"{entity}.json").write_text("[\n" + ",\n".join(texts) + "\n]\n", encoding="utf-8")
        written[entity] = len(texts)
    return written
