"""`python -m qbo_pipeline.finance > docs/finance-models.md`."""

from __future__ import annotations

import sys

from qbo_pipeline.finance.catalogue import shipped
from qbo_pipeline.finance.documentation import document

if __name__ == "__main__":
    sys.stdout.write(document(shipped()))
