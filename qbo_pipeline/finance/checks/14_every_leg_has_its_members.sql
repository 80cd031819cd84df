-- Every leg has an account, and whatever account, customer, vendor … a leg names is in the lists, inactive and deleted
-- ones among them. Lines of cash reports that QuickBooks keeps no account for (~ and a name) are accounts of their own.
-- Invariant: 14
-- Severity: error
-- Blocking: yes
-- Tolerance: 0.00
-- On: finance.general_ledger
-- Each: account, customer, vendor, employee, item, class, department
-- Cost: one pass over one column of the legs for each list: 0.3 seconds of a processor for a million legs.
-- Source: the ledger and quickbooks' lists.
-- Remedy: load the list that an offender names again (qbo-pipeline backfill --entity and its name).
-- Columns:
--   realm_id: The company.
--   list: Which list.
--   id: The id that is not there; nothing where a leg has no account.
--   legs: How many legs.
--   debits: Sum of their debits.
--   credits: Sum of their credits.
--   example: One of the transactions.
WITH unknown AS (
    SELECT
        leg.realm_id,
        leg.${table}_id AS id,
        leg.debit,
        leg.credit,
        leg.transaction_type,
        leg.transaction_id
    FROM posting.leg AS leg
    ANTI JOIN quickbooks.$table AS member
        ON member.realm_id = leg.realm_id AND member.id = leg.${table}_id
    WHERE (leg.${table}_id IS NOT NULL OR '$table' = 'account') AND coalesce(leg.${table}_id, '') NOT LIKE '~%'
)

SELECT
    realm_id,
    '$type' AS list,
    id,
    count(*) AS legs,
    sum(debit) AS debits,
    sum(credit) AS credits,
    any_value(transaction_type || ' ' || transaction_id) AS example
FROM unknown
GROUP BY realm_id, id
