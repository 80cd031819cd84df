"""`python -m qbo_pipeline.model > docs/semantic-model.md`."""

from __future__ import annotations

import sys

from qbo_pipeline.model import SEMANTIC_MODEL
from qbo_pipeline.model.documentation import document

if __name__ == "__main__":
    sys.stdout.write(document(SEMANTIC_MODEL))
