-- The home amount of a leg in a foreign currency is its amount times the rate of its document, within a cent.
-- Invariant: 25
-- Severity: warn
-- Blocking: no
-- Tolerance: 0.01
-- On: finance.general_ledger
-- Cost: one pass over the legs in foreign currencies.
-- Source: the legs that documents show; gains and losses on exchange are in home currency alone.
-- Remedy: compare the rate of the document with the one that its legs are posted at.
-- Columns:
--   realm_id: The company.
--   transaction_type: What kind of transaction.
--   transaction_id: QuickBooks' id of it.
--   leg_number: Which of its legs.
--   currency: Its currency.
--   foreign_amount: In that currency, debit positive.
--   rate: Home currency for one of that currency.
--   home_amount: In home currency, debit positive.
--   difference: Home amount less amount times rate.
SELECT
    leg.realm_id,
    leg.transaction_type,
    leg.transaction_id,
    leg.leg_number,
    leg.currency_id AS currency,
    leg.foreign_debit - leg.foreign_credit AS foreign_amount,
    leg.exchange_rate AS rate,
    leg.debit - leg.credit AS home_amount,
    (leg.debit - leg.credit) - round((leg.foreign_debit - leg.foreign_credit) * leg.exchange_rate, 2) AS difference
FROM posting.leg AS leg
INNER JOIN finance.dim_company AS company ON company.realm_id = leg.realm_id
WHERE leg.basis = 'Accrual'
    AND leg.posting_source = 'entity'
    AND leg.leg_role NOT IN ('exchange', 'settlement')
    AND leg.currency_id <> company.home_currency
    AND abs(
        (leg.debit - leg.credit) - round((leg.foreign_debit - leg.foreign_credit) * leg.exchange_rate, 2)
    ) > $tolerance
