"""A page of text as PDF: what a form looks like on paper is no part of the API, that it is a PDF is."""

from __future__ import annotations

from collections.abc import Iterable

from qbo_pipeline.local.quickbooks.store import Record

_HEAD = b"%PDF-1.4\n"
_LEADING = 16
_TOP = 780


def printed(entity: str, form: Record, company: Record) -> bytes:
    """A sales form or order on one page: company, number, date, whom it is for, lines, total."""
    party: Record = form.get("CustomerRef") or form.get("VendorRef") or {}
    lines = [
        f"{line.get('Description', line.get('DetailType', ''))}  {line.get('Amount', '')}"
        for line in form.get("Line", [])
        if "Id" in line
    ]
    return page(
        [
            str(company.get("CompanyName", "")),
            f"{entity} {form.get('DocNumber', '')}".rstrip(),
            str(form.get("TxnDate", "")),
            str(party.get("name", "")),
            *lines,
            f"Total {form.get('TotalAmt', 0)}",
        ]
    )


def page(lines: Iterable[str]) -> bytes:
    """One page of A4 with a text line each."""
    shown = b"".join(b"(%b) Tj T*\n" % _escaped(line) for line in lines)
    content = b"BT /F1 11 Tf %d TL 60 %d Td\n%bET" % (_LEADING, _TOP, shown)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    body, places = _HEAD, []
    for number, one in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%b\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(objects) + 1
    end = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (count, len(body))
    return b"%bxref\n0 %d\n0000000000 65535 f \n%b%b" % (body, count, table, end)


def _escaped(text: str) -> bytes:
    plain = text.encode("cp1252", errors="replace")
    return plain.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
