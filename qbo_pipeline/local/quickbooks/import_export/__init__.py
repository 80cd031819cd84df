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
from qbo_pipeline.local.quickbooks.import_export.proof import Proof, prove
from qbo_pipeline.local.quickbooks.import_export.trial_balance import (
    Balance,
    Difference,
    TrialBalanceError,
    read_trial_balance,
)

__all__ = [
    "Balance",
    "CompanyFromFiles",
    "Deletion",
    "Difference",
    "Proof",
    "StateInUseError",
    "TrialBalanceError",
    "Unplaced",
    "export_company",
    "import_company",
    "prove",
    "read_company",
    "read_trial_balance",
]
