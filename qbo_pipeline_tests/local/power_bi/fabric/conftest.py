from __future__ import annotations

from collections.abc import Iterator

import pytest

from qbo_pipeline.local.power_bi import LocalPowerBI
from qbo_pipeline_tests.local.power_bi.fabric.mirror import Mirror


@pytest.fixture
def mirror(power_bi: LocalPowerBI) -> Iterator[Mirror]:
    one = Mirror(power_bi)
    yield one
    one.fabric.close()
    one.lake.close()
    for database in power_bi.service.mirrored.all():
        power_bi.service.mirrored.delete(database)
        power_bi.service.lake.delete(f"{database.workspace}/{database.id}", recursive=True)
        power_bi.service.replicator.forget(database)
