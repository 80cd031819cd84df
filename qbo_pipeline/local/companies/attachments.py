"""Files and notes that hang on documents."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from qbo_pipeline.local.companies.books import Books
from qbo_pipeline.local.companies.json_parts import Record, head
from qbo_pipeline.local.companies.model import Document, Member

_FIRST_ID = 5_000_000_000_000_503_624
"""Attachables are numbered far away from everything else."""

_FILES = {
    "Bill": ("application/pdf", "pdf", "bill"),
    "Purchase": ("image/jpeg", "jpg", "receipt"),
    "Estimate": ("application/pdf", "pdf", "scope"),
    "Invoice": ("application/pdf", "pdf", "timesheet"),
    "PurchaseOrder": ("image/png", "png", "drawing"),
}


def attachable_records(realm_id: str, books: Books, seed: str) -> Iterator[Record]:
    """A file on some documents, a bare note on a few."""
    rng = Random(seed)  # noqa: S311 - reproducible sample data, no secret
    ident = _FIRST_ID
    for document in books.documents:
        kind = _FILES.get(document.entity)
        if kind is None or rng.random() > 0.035:
            continue
        ident += rng.randrange(1, 90)
        yield _attachable(realm_id, str(ident), document, kind, rng)


def _attachable(realm_id: str, ident: str, document: Document, kind: tuple[str, str, str], rng: Random) -> Record:
    content_type, extension, stem = kind
    record: Record = {}
    if rng.random() < 0.85:
        record["FileName"] = f"{stem}-{document.number or document.id}.{extension}"
        record["FileAccessUri"] = f"/v3/company/{realm_id}/download/{ident}"
        record["TempDownloadUri"] = f"https://attachments.example/{realm_id}/{ident}?expires=900"
        record["Size"] = rng.randrange(18_000, 2_400_000)
        record["ContentType"] = content_type
    else:
        record["Note"] = rng.choice(("Approved by phone", "See e-mail of the same day", "Original is in the binder"))
    record |= head(Member(ident, "", document.created + rng.randrange(30, 900)))
    entity_ref = {"value": document.id, "type": document.entity}
    record["AttachableRef"] = [{"EntityRef": entity_ref, "IncludeOnSend": document.entity == "Invoice"}]
    return record
