"""A local Tableau: sign-in, publishing, incremental updates, jobs, refreshes and webhooks over real HTTP.

Written from Tableau's documents, from the samples of its own client library and from what people saw of real sites,
not from the client of this project; it imports nothing from the product.
"""

from qbo_pipeline.local.tableau.service import LocalTableau

__all__ = ["LocalTableau"]
