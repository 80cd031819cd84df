"""What the models are made from, and what of it changed since the last build: tables, reports, what documents post by.

Records that changed are noted by the merge.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass

import duckdb

from qbo_pipeline.finance.catalogue import POSTING_INPUT, TRAIL, Models
from qbo_pipeline.finance.model import Relation
from qbo_pipeline.finance.rendering import Reading, quoted, render
from qbo_pipeline.quickbooks.catalogue import ENTITIES, tables
from qbo_pipeline.quickbooks.catalogue.model import Category

DOCUMENTS = tuple(one for one in ENTITIES if one.category is Category.TRANSACTION)
PULLED_MONTH = "temp.main.pulled_month"
CHANGED_INPUT = "temp.main.changed_input"
_INPUTS = "temp.main.posting_input"
_DECLARATIONS = "audit.made_from"
_MERGES = Relation("audit", "merged_record")
_OF_MERGES = ("merged_record", "surviving_record")
"""The views of QuickBooks that are made from the lists and from what the trail knows of merges."""


@dataclass(frozen=True, slots=True)
class Sources:
    """What is new in the relations that no model makes."""

    changed: frozenset[Relation]
    """Tables with other rows than at the last build."""
    declarations_changed: bool
    """Whether QuickBooks' tables were declared otherwise, so that nothing of what was built can be relied on."""
    fingerprints: tuple[tuple[str, str], ...]
    """Relation → state, to be kept for the next build."""


def sources(connection: duckdb.DuckDBPyConnection, upstream: Iterable[Relation], *, has_declarations: bool) -> Sources:
    """Which of the relations that models are made from have changed.

    Args:
        connection: the build database.
        upstream: these relations.
        has_declarations: whether it says how QuickBooks' tables are declared.
    """
    entities = changed_entities(connection)
    changed = {Relation("quickbooks", table.name) for one in ENTITIES if one.name in entities for table in tables(one)}
    known = dict(connection.execute("SELECT relation, fingerprint FROM audit.built_source").fetchall())
    read = sorted(set(upstream))
    state = {one: f"SELECT count(*), max(pull) FROM {quoted(one)}" for one in read if one.schema == "reports"}
    if any(one.name in _OF_MERGES for one in read):
        state[_MERGES] = f"SELECT count(*), sum(hash(one)) FROM {quoted(_MERGES)} AS one"
    found = {_DECLARATIONS: _declarations(connection) if has_declarations else ""}
    for relation, query in state.items():
        found[str(relation)] = str(connection.execute(query).fetchall()[0])
        if known.get(str(relation)) != found[str(relation)]:
            changed.add(relation)
    if _MERGES in changed or entities - {one.name for one in DOCUMENTS}:
        # A record of a list that was deleted may have gone over into another one.
        changed |= {one for one in read if one.name in _OF_MERGES}
    if changed:
        # Nobody notes what changes in the trail; with every load it may.
        changed |= {one for one in read if one.schema in TRAIL}
    return Sources(
        frozenset(changed),
        known.get(_DECLARATIONS) != found[_DECLARATIONS],
        tuple(sorted(found.items())) if found != known else (),
    )


def changed_entities(connection: duckdb.DuckDBPyConnection) -> frozenset[str]:
    """QuickBooks' names of the entities of which any record changed."""
    rows = connection.execute("SELECT DISTINCT entity FROM audit.touched_record").fetchall()
    return frozenset(name for (name,) in rows)


def _declarations(connection: duckdb.DuckDBPyConnection) -> str:
    """Tells how QuickBooks' tables are declared; where the lake lies makes no difference."""
    told = [json.loads(text) for (text,) in connection.execute("SELECT fingerprint FROM audit.made_from").fetchall()]
    return hashlib.sha256(json.dumps([one.get("declarations") for one in told]).encode()).hexdigest()[:16]


def find_pulled_months(connection: duckdb.DuckDBPyConnection) -> int:
    """The months whose reports were pulled since the last build; how many."""
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE pulled_month AS
        SELECT DISTINCT realm_id, basis, month
        FROM reports.month_pull AS pulled
        FULL JOIN audit.built_month AS known USING (realm_id, basis, month)
        WHERE pulled.pull IS DISTINCT FROM known.pull
        """
    )
    return row_count(connection, PULLED_MONTH)


def find_changed_inputs(connection: duckdb.DuckDBPyConnection, models: Models, reading: Reading) -> int:
    """The facts that documents post by and that are others than at the last build; how many."""
    model = models.named(POSTING_INPUT)
    if model is None:
        return 0
    columns = "realm_id, input, input_id, value"
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE posting_input AS SELECT {columns} "
        f"FROM ({render(models, model, reading.everything, reading.everything)})"
    )
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE changed_input AS
        SELECT DISTINCT realm_id, input, input_id
        FROM (
            (FROM {_INPUTS} EXCEPT ALL SELECT {columns} FROM audit.built_input)
            UNION ALL
            (SELECT {columns} FROM audit.built_input EXCEPT ALL FROM {_INPUTS})
        )
        """
    )
    return row_count(connection, CHANGED_INPUT)


def keep_inputs(connection: duckdb.DuckDBPyConnection) -> None:
    """Remember the facts that documents post by."""
    connection.execute(f"DELETE FROM audit.built_input; INSERT INTO audit.built_input FROM {_INPUTS}")


def keep_fingerprints(connection: duckdb.DuckDBPyConnection, of: Sources) -> None:
    """Remember the state of what no record tells the changes of."""
    connection.execute("DELETE FROM audit.built_source")
    connection.executemany("INSERT INTO audit.built_source VALUES (?, ?)", list(of.fingerprints))


def keep_pulls(connection: duckdb.DuckDBPyConnection) -> None:
    """Remember which pulls are in."""
    connection.execute(
        "DELETE FROM audit.built_month; "
        "INSERT INTO audit.built_month SELECT realm_id, basis, month, max(pull) FROM reports.month_pull GROUP BY ALL"
    )


def row_count(connection: duckdb.DuckDBPyConnection, relation: str) -> int:
    """How many rows a relation has."""
    [(count,)] = connection.execute(f"SELECT count(*) FROM {relation}").fetchall()
    return int(count)
