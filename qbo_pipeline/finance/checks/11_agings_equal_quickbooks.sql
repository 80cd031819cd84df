-- What is open of each document is what QuickBooks' aging reports show of it, on the days they were pulled for.
-- Invariant: 11
-- Severity: error
-- Blocking: no
-- Tolerance: 0.00
-- On: finance.ar_aging
-- Cost: one pass over the agings of the days that were pulled.
-- Source: finance.ar_aging and finance.ap_aging against reports.aging.
-- Remedy: pull the reports again (qbo-pipeline prove): they are older than the newest documents.
-- Columns:
--   realm_id: The company.
--   side: receivable or payable.
--   as_of: The day.
--   transaction_id: QuickBooks' id of the document.
--   document: Its number.
--   quickbooks: Open as the report shows it.
--   ours: Open as our aging shows it.
--   difference: Ours less QuickBooks'.
WITH reported AS (
    SELECT realm_id, side, as_of, transaction_id, any_value(doc_number) AS document, sum(open_balance) AS open_balance
    FROM reports.aging
    GROUP BY realm_id, side, as_of, transaction_id
),

pulled AS (
    SELECT DISTINCT realm_id, side, as_of
    FROM reported
),

derived AS (
    SELECT realm_id, 'receivable' AS side, as_of, transaction_id, any_value(doc_number) AS document, sum(open_balance) AS open_balance
    FROM finance.ar_aging
    GROUP BY realm_id, as_of, transaction_id
    UNION ALL
    SELECT realm_id, 'payable' AS side, as_of, transaction_id, any_value(doc_number) AS document, sum(open_balance) AS open_balance
    FROM finance.ap_aging
    GROUP BY realm_id, as_of, transaction_id
),

derived_of_pulled_days AS (
    SELECT derived.*
    FROM derived
    SEMI JOIN pulled
        ON pulled.realm_id = derived.realm_id AND pulled.side = derived.side AND pulled.as_of = derived.as_of
)

SELECT
    coalesce(derived.realm_id, reported.realm_id) AS realm_id,
    coalesce(derived.side, reported.side) AS side,
    coalesce(derived.as_of, reported.as_of) AS as_of,
    coalesce(derived.transaction_id, reported.transaction_id) AS transaction_id,
    coalesce(derived.document, reported.document) AS document,
    coalesce(reported.open_balance, 0) AS quickbooks,
    coalesce(derived.open_balance, 0) AS ours,
    coalesce(derived.open_balance, 0) - coalesce(reported.open_balance, 0) AS difference
FROM derived_of_pulled_days AS derived
FULL JOIN reported
    ON reported.realm_id = derived.realm_id
    AND reported.side = derived.side
    AND reported.as_of = derived.as_of
    AND reported.transaction_id = derived.transaction_id
WHERE abs(coalesce(derived.open_balance, 0) - coalesce(reported.open_balance, 0)) > $tolerance
