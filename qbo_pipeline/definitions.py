"""What Dagster loads; nothing else."""

import atexit
import gc

from qbo_pipeline.loopback import reach_this_machine_directly
from qbo_pipeline.orchestration import build_definitions
from qbo_pipeline.orchestration.partitions import first_month
from qbo_pipeline.quickbooks.catalogue import ENTITIES
from qbo_pipeline.settings import load_settings

reach_this_machine_directly()

# All that is made here stays. Looking through it for garbage, now and with every later collection, makes each run start
# a fifth of a second later.
gc.disable()
try:
    defs = build_definitions(ENTITIES, first_month(load_settings()))
finally:
    gc.freeze()
    gc.enable()
    # In the end it is garbage like everything else.
    atexit.register(gc.unfreeze)
