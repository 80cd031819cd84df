"""Companies as folders of API JSON, a file for each entity: into the service's state and out of it."""

from qbo_pipeline.local.quickbooks.import_export.documents import Unplaced
from qbo_pipeline.local.quickbooks.import_export.exporting import export_company
from qbo_pipeline.local.quickbooks.import_export.importing import (
    CompanyFromFiles,
    Deletion,
    StateInUseError,
    import_company,
    read_company,
)

__all__ = [
    "CompanyFromFiles",
    "Deletion",
    "StateInUseError",
    "Unplaced",
    "export_company",
    "import_company",
    "read_company",
]
