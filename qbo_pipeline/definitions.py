"""What Dagster loads; nothing else."""

from qbo_pipeline.orchestration import build_definitions
from qbo_pipeline.orchestration.partitions import first_month
from qbo_pipeline.quickbooks.catalogue import ENTITIES
from qbo_pipeline.settings import load_settings

defs = build_definitions(ENTITIES, first_month(load_settings()))
