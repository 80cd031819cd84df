-- Some transactions by whose ids the titles in reports are understood: of each title two a month.
-- Grain: a title and the id of a transaction that reports show under it.
-- Key: realm_id, title, transaction_id
-- Built: table
-- Source: reports.posted_leg.
-- Columns:
--   realm_id: The company.
--   title: The transaction type as reports show it.
--   transaction_id: Id of the transaction.
WITH sampled AS (
    SELECT realm_id, transaction_title AS title, min(transaction_id) AS first_id, max(transaction_id) AS last_id
    FROM reports.posted_leg
    WHERE leg_number = 1
    GROUP BY realm_id, transaction_title, month
)
SELECT realm_id, title, first_id AS transaction_id
FROM sampled
UNION
SELECT realm_id, title, last_id
FROM sampled
