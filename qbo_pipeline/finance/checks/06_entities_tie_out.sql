-- At least 99.5% of the legs that QuickBooks posts follow from the documents themselves, apart from what no document
-- shows: cost of goods sold and stock, and the accounts of sales tax and receivables.
-- Invariant: 6
-- Severity: warn
-- Blocking: no
-- Tolerance: 0.5
-- On: finance.entity_tie_out
-- Cost: one pass over finance.entity_tie_out, which has a row a company and month.
-- Source: finance.entity_tie_out.
-- Remedy: finance.patch_summary tells what was patched and why; the ledger ties all the same.
-- Columns:
--   realm_id: The company.
--   legs: Legs that documents should show.
--   tied: Those that did, to the cent.
--   percent: Tied of all.
WITH share AS (
    SELECT
        realm_id,
        sum(legs - legs_named_by_quickbooks) AS legs,
        sum(legs_tied) AS tied
    FROM finance.entity_tie_out
    GROUP BY realm_id
)

SELECT
    realm_id,
    legs,
    tied,
    round(100.0 * tied / legs, 2) AS percent
FROM share
WHERE legs > 0 AND 100.0 * tied < (100 - $tolerance) * legs
