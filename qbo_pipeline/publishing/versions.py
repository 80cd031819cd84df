"""Which rows of the warehouse may have become others since they were compared, as the build of the models noted it."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

_CHANGES = """
SELECT model, strftime(changed_at, '%Y-%m-%dT%H:%M:%S.%f')
FROM warehouse.audit.model_change
WHERE NOT EXISTS (SELECT 1 FROM warehouse.audit.model_failure)
"""


def relation_versions(connection: duckdb.DuckDBPyConnection) -> Mapping[str, str]:
    """Relation → what is another text whenever its rows may be others.

    Only of relations of which that is known: not of what reads the audit trail, and of none while the models are not
    of the state of the tables.

    Args:
        connection: the warehouse is attached to it as `warehouse`.
    """
    try:
        return dict(connection.execute(_CHANGES).fetchall())
    except duckdb.CatalogException:  # of an earlier version, or no model was ever built
        return {}
