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
--   name: Whose.
--   transaction_id: QuickBooks' id of the document.
--   document: Its number.
--   quickbooks: Open as the report shows it.
--   ours: Open as our aging shows it.
--   difference: Ours less QuickBooks'.
WITH party AS (
    SELECT realm_id, 'receivable' AS side, id, display_name AS name
    FROM quickbooks.customer
    UNION ALL
    SELECT realm_id, 'payable' AS side, id, display_name AS name
    FROM quickbooks.vendor
),

item AS (
    SELECT realm_id, side, as_of, name_id AS party_id, transaction_id, doc_number, open_balance AS quickbooks, 0 AS ours
    FROM reports.aging
    UNION ALL
    SELECT realm_id, 'receivable' AS side, as_of, customer_id, transaction_id, doc_number, 0 AS quickbooks, open_balance AS ours
    FROM finance.ar_aging
    UNION ALL
    SELECT realm_id, 'payable' AS side, as_of, vendor_id, transaction_id, doc_number, 0 AS quickbooks, open_balance AS ours
    FROM finance.ap_aging
),

pulled AS (
    SELECT DISTINCT
        day.realm_id, CASE day.report WHEN 'AgedReceivableDetail' THEN 'receivable' ELSE 'payable' END AS side, day.as_of
    FROM finance.pulled_day AS day
    SEMI JOIN finance.aging_day AS kept ON kept.realm_id = day.realm_id AND kept.as_of = day.as_of
    WHERE day.report IN ('AgedReceivableDetail', 'AgedPayableDetail')
),

comparable AS (
    SELECT
        item.realm_id,
        item.side,
        item.as_of,
        party.name,
        item.transaction_id,
        item.doc_number,
        item.quickbooks,
        item.ours
    FROM item
    SEMI JOIN pulled
        ON pulled.realm_id = item.realm_id AND pulled.side = item.side AND pulled.as_of = item.as_of
    LEFT JOIN party ON party.realm_id = item.realm_id AND party.side = item.side AND party.id = item.party_id
)

SELECT
    realm_id,
    side,
    as_of,
    name,
    transaction_id,
    any_value(doc_number) AS document,
    sum(quickbooks) AS quickbooks,
    sum(ours) AS ours,
    sum(ours) - sum(quickbooks) AS difference
FROM comparable
GROUP BY realm_id, side, as_of, name, transaction_id
HAVING abs(sum(ours) - sum(quickbooks)) > $tolerance
