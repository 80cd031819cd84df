"""A local Power BI: tokens, push datasets, DAX queries, refreshes, and Fabric's open mirroring over real HTTP.

Written from Microsoft's documents and from what people saw of the real service, not from the client; it imports
nothing from the product.
"""

from qbo_pipeline.local.power_bi.service import LocalPowerBI

__all__ = ["LocalPowerBI"]
