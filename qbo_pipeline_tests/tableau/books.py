"""Small books to publish to Tableau: companies, accounts and lines over the warehouse of `power_bi.books`."""

from __future__ import annotations

import zipfile
from pathlib import Path
from xml.sax.saxutils import quoteattr

from qbo_pipeline.model.definition import (
    Column,
    DataType,
    Kind,
    Relationship,
    SemanticModel,
    Summary,
    Table,
)
from qbo_pipeline.tableau.package import PublishedSource
from qbo_pipeline_tests.power_bi.books import HARBOUR, MERIDIAN, Books, Line, lines

__all__ = ["HARBOUR", "MERIDIAN", "MODEL", "Books", "Line", "lines", "starter"]


def _key(name: str, source: str) -> Column:
    return Column(name, source, DataType.TEXT, name, hidden=True)


def _text(name: str, source: str) -> Column:
    return Column(name, source, DataType.TEXT, name)


COMPANY = Table(
    "Company", "finance.company", Kind.DIMENSION, "Companies.",
    (_key("Company Key", "realm_id"), _text("Company", "name")), key="Company Key", company="Company Key",
)  # fmt: skip
ACCOUNT = Table(
    "Account", "finance.account", Kind.DIMENSION, "Accounts.",
    (_key("Account Key", "account_key"), _key("Company Key", "realm_id"), _text("Account", "name")),
    key="Account Key", company="Company Key",
)  # fmt: skip
LINES = Table(
    "Ledger Lines", "finance.line", Kind.FACT, "Lines.",
    (
        _key("Line Key", "line_key"),
        _key("Company Key", "realm_id"),
        _key("Account Key", "account_key"),
        Column("Line Date", "line_date", DataType.DATE, "Day.", "yyyy-mm-dd"),
        _text("Memo", "memo"),
        Column("Quantity", "quantity", DataType.NUMBER, "Pieces.", "#,0.00"),
        Column("Amount", "amount", DataType.MONEY, "Amount.", "#,0.00", summary=Summary.SUM),
        Column("Line Count", "line_count", DataType.WHOLE, "1.", "#,0", summary=Summary.SUM),
    ),
    key="Line Key", company="Company Key",
)  # fmt: skip
MODEL = SemanticModel(
    "Books",
    (COMPANY, ACCOUNT, LINES),
    (
        Relationship("Ledger Lines", "Account Key", "Account", "Account Key"),
        Relationship("Ledger Lines", "Company Key", "Company", "Company Key"),
    ),
    (),
)


def starter(model: SemanticModel, target: Path, name: str, hyper: Path | None, server: PublishedSource | None) -> None:
    """A workbook over these books; the product's is of the product's model."""
    source = server.content_url if server is not None else "Data/Extracts/books.hyper"
    kind = "sqlproxy" if server is not None else "hyper"
    tables = "".join(f"<relation name={quoteattr(table.name)} type='table' />" for table in model.tables)
    content = (
        "<?xml version='1.0' encoding='utf-8' ?><workbook version='18.1'><datasources><datasource name='books' "
        f"caption={quoteattr(name)}><connection class='{kind}' dbname={quoteattr(source)}>{tables}</connection>"
        "</datasource></datasources></workbook>"
    )
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(f"{name}.twb", content)
        if hyper is not None:
            archive.write(hyper, "Data/Extracts/books.hyper")
