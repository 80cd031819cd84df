-- Every leg has an account, and whatever account, customer, vendor … a leg names is in the lists, inactive and deleted
-- ones among them. Lines of cash reports that QuickBooks keeps no account for (~ and a name) are accounts of their own.
-- Invariant: 14
-- Severity: error
-- Blocking: yes
-- Tolerance: 0.00
-- On: finance.general_ledger
-- Each: account, customer, vendor, employee, item, class, department
-- Cost: one pass over one column of the legs for each list.
-- Source: the ledger and quickbooks' lists.
-- Remedy: load the list again (qbo-pipeline backfill --entity $type).
-- Columns:
--   realm_id: The company.
--   list: Which list.
--   id: The id that is not there; nothing where a leg has no account.
--   legs: How many legs.
--   debits: Sum of their debits.
--   credits: Sum of their credits.
--   example: One of the transactions.
WITH named AS (
    SELECT
        realm_id,
        ${table}_id AS id,
        count(*) AS legs,
        sum(debit) AS debits,
        sum(credit) AS credits,
        any_value(transaction_type || ' ' || transaction_id) AS example
    FROM posting.leg
    WHERE ${table}_id IS NOT NULL OR '$table' = 'account'
    GROUP BY realm_id, ${table}_id
)

SELECT
    named.realm_id,
    '$type' AS list,
    named.id,
    named.legs,
    named.debits,
    named.credits,
    named.example
FROM named
ANTI JOIN quickbooks.$table AS member ON member.realm_id = named.realm_id AND member.id = named.id
WHERE coalesce(named.id, '') NOT LIKE '~%'
