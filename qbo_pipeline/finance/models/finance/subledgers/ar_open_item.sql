-- What customers owe today, with what is left of each document.
-- Grain: an open item.
-- Key: realm_id, transaction_type, transaction_id, customer_id
-- Built: view
-- Source: receivable_movement, fct_receivable_item.
-- Columns:
--   realm_id: The company.
--   as_of: The day.
--   customer_id: The customer or job.
--   customer_key: Key of the customer for BI tools: the company's id, a bar, the id; -1 where there is none.
--   transaction_type: QuickBooks' entity type: Invoice, Bill, JournalEntry …
--   transaction_id: QuickBooks' id, unique within the type.
--   transaction_key: Key of the transaction: the company's id, the type, the id, with bars between.
--   doc_number: Number on the document.
--   transaction_date: Date of the transaction.
--   due_date: Day it is due; the day it was made where it has none.
--   days_overdue: Days since the due date on that day, negative before.
--   currency_id: Currency code.
--   foreign_total: Total of the document, with its sign in the subledger, transaction currency.
--   foreign_open_balance: What is open, transaction currency.
--   open_balance: What is open on that day, home currency; credits negative.
WITH open_items AS (
    SELECT movement.realm_id, movement.transaction_type, movement.transaction_id, movement.customer_id, dim_company.as_of_date,
        any_value(dim_company.ages_from_transaction_date) AS ages_from_transaction_date,
        sum(movement.foreign_amount) AS foreign_open_balance, sum(movement.amount) AS open_balance
    FROM finance.receivable_movement AS movement
    INNER JOIN finance.dim_company ON dim_company.realm_id = movement.realm_id
        AND movement.movement_date <= dim_company.as_of_date
    GROUP BY movement.realm_id, movement.transaction_type, movement.transaction_id, movement.customer_id, dim_company.as_of_date
    HAVING sum(movement.foreign_amount) <> 0 OR sum(movement.amount) <> 0
)
SELECT
    open_items.realm_id,
    open_items.as_of_date AS as_of,
    open_items.customer_id,
    open_items.realm_id || '|' || coalesce(open_items.customer_id, '-1') AS customer_key,
    open_items.transaction_type,
    open_items.transaction_id,
    items.transaction_key,
    items.doc_number,
    items.transaction_date,
    items.due_date,
    (open_items.as_of_date - CASE WHEN open_items.ages_from_transaction_date
        THEN items.transaction_date ELSE items.due_date END)::INTEGER AS days_overdue,
    items.currency_id,
    items.foreign_total,
    open_items.foreign_open_balance::DECIMAL(18, 2) AS foreign_open_balance,
    open_items.open_balance::DECIMAL(18, 2) AS open_balance
FROM open_items
LEFT JOIN finance.fct_receivable_item AS items
    ON items.realm_id = open_items.realm_id AND items.transaction_type = open_items.transaction_type
        AND items.transaction_id = open_items.transaction_id
    AND items.customer_id IS NOT DISTINCT FROM open_items.customer_id
