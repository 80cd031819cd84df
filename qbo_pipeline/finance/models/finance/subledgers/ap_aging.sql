-- What is owed to vendors at the end of each month and today, by due date: rebuilt from documents and what was paid on them, with credits, unapplied payments
-- and journal lines. Its sum is the balance of the payables accounts.
-- Grain: an open item of a day.
-- Key: realm_id, as_of, transaction_type, transaction_id, vendor_id
-- Built: view
-- Source: payable_movement, fct_payable_item; QuickBooks' AgedPayableDetail shows the same.
-- Columns:
--   realm_id: The company.
--   as_of: The day.
--   vendor_id: The vendor.
--   vendor_key: Key of the vendor for BI tools: the company's id, a bar, the id; -1 where there is none.
--   transaction_type: QuickBooks' entity type: Invoice, Bill, JournalEntry …
--   transaction_id: QuickBooks' id, unique within the type.
--   transaction_key: Key of the transaction: the company's id, the type, the id, with bars between.
--   doc_number: Number on the document.
--   transaction_date: Date of the transaction.
--   due_date: Day it is due; the day it was made where it has none.
--   days_overdue: Days since the due date on that day, negative before.
--   bucket: 'Current', '1-30', '31-60', '61-90' or '91+' days overdue.
--   bucket_ordinal: Order of the buckets, from 0.
--   currency_id: Currency code.
--   foreign_total: Total of the document, with its sign in the subledger, transaction currency.
--   foreign_open_balance: What is open, transaction currency.
--   open_balance: What is open on that day, home currency; credits negative.
WITH daily AS (
    SELECT realm_id, transaction_type, transaction_id, vendor_id, movement_date, sum(foreign_amount) AS foreign_amount,
        sum(amount) AS amount
    FROM finance.payable_movement
    GROUP BY ALL
),
running AS (
    SELECT
        realm_id, transaction_type, transaction_id, vendor_id, movement_date,
        sum(foreign_amount) OVER item AS foreign_open_balance,
        sum(amount) OVER item AS open_balance,
        coalesce(lead(movement_date) OVER item, DATE '9999-12-31') AS next_date
    FROM daily
    WINDOW item AS (PARTITION BY realm_id, transaction_type, transaction_id, vendor_id ORDER BY movement_date)
),
open_items AS (
    SELECT
        running.realm_id, aging_day.as_of, running.transaction_type, running.transaction_id, running.vendor_id,
            items.transaction_key, items.doc_number,
        items.transaction_date, items.due_date, items.currency_id, items.foreign_total, running.foreign_open_balance,
            running.open_balance,
        aging_day.as_of - CASE WHEN dim_company.ages_from_transaction_date
            THEN items.transaction_date ELSE items.due_date END AS days_overdue
    FROM running
    INNER JOIN finance.aging_day
        ON aging_day.realm_id = running.realm_id AND running.movement_date <= aging_day.as_of
            AND running.next_date > aging_day.as_of
    INNER JOIN finance.dim_company ON dim_company.realm_id = running.realm_id
    LEFT JOIN finance.fct_payable_item AS items
        ON items.realm_id = running.realm_id AND items.transaction_type = running.transaction_type
            AND items.transaction_id = running.transaction_id
        AND items.vendor_id IS NOT DISTINCT FROM running.vendor_id
    WHERE running.open_balance <> 0 OR running.foreign_open_balance <> 0
)
SELECT
    realm_id,
    as_of,
    vendor_id,
    realm_id || '|' || coalesce(vendor_id, '-1') AS vendor_key,
    transaction_type,
    transaction_id,
    transaction_key,
    doc_number,
    transaction_date,
    due_date,
    days_overdue::INTEGER AS days_overdue,
    CASE
        WHEN days_overdue <= 0 OR days_overdue IS NULL THEN 'Current'
        WHEN days_overdue <= 30 THEN '1-30'
        WHEN days_overdue <= 60 THEN '31-60'
        WHEN days_overdue <= 90 THEN '61-90'
        ELSE '91+'
    END AS bucket,
    CASE
        WHEN days_overdue <= 0 OR days_overdue IS NULL THEN 0 WHEN days_overdue <= 30 THEN 1 WHEN days_overdue <= 60
            THEN 2 WHEN days_overdue <= 90 THEN 3 ELSE 4
    END::INTEGER AS bucket_ordinal,
    currency_id,
    foreign_total,
    foreign_open_balance::DECIMAL(18, 2) AS foreign_open_balance,
    open_balance::DECIMAL(18, 2) AS open_balance
FROM open_items
