-- What is owed to vendors at the end of any day: SELECT * FROM finance.ap_aging_as_of(DATE '2026-09-15').
-- Grain: an open item of the day.
-- Built: macro
-- Parameters: day
-- Source: payable_movement, fct_payable_item.
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
--   currency_id: Currency code.
--   foreign_total: Total of the document, with its sign in the subledger, transaction currency.
--   foreign_open_balance: What is open, transaction currency.
--   open_balance: What is open on that day, home currency; credits negative.
WITH open_items AS (
    SELECT realm_id, transaction_type, transaction_id, vendor_id, sum(foreign_amount) AS foreign_open_balance,
        sum(amount) AS open_balance
    FROM finance.payable_movement
    WHERE movement_date <= day::DATE
    GROUP BY ALL
    HAVING sum(foreign_amount) <> 0 OR sum(amount) <> 0
),
aged AS (
    SELECT
        open_items.realm_id, open_items.transaction_type, open_items.transaction_id, open_items.vendor_id,
            items.transaction_key, items.doc_number,
        items.transaction_date, items.due_date, items.currency_id, items.foreign_total, open_items.foreign_open_balance,
            open_items.open_balance,
        day::DATE - CASE WHEN dim_company.ages_from_transaction_date
            THEN items.transaction_date ELSE items.due_date END AS days_overdue
    FROM open_items
    INNER JOIN finance.dim_company ON dim_company.realm_id = open_items.realm_id
    LEFT JOIN finance.fct_payable_item AS items
        ON items.realm_id = open_items.realm_id AND items.transaction_type = open_items.transaction_type
            AND items.transaction_id = open_items.transaction_id
        AND items.vendor_id IS NOT DISTINCT FROM open_items.vendor_id
)
SELECT
    realm_id,
    day::DATE AS as_of,
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
    currency_id,
    foreign_total,
    foreign_open_balance::DECIMAL(18, 2) AS foreign_open_balance,
    open_balance::DECIMAL(18, 2) AS open_balance
FROM aged
