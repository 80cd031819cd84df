-- When what was sold is earned, by the day its service is given: analytical, no ledger has it. Lines without a service date are earned when they are
-- invoiced. Tax is left out.
-- Grain: a line of a sales form.
-- Key: realm_id, transaction_type, transaction_id, line_type, line_number, child_number
-- Built: view
-- Source: fct_sales_line.
-- Columns:
--   realm_id: The company.
--   transaction_type: QuickBooks' entity type: Invoice, Bill, JournalEntry …
--   transaction_id: QuickBooks' id, unique within the type.
--   transaction_key: Key of the transaction: the company's id, the type, the id, with bars between.
--   line_type: 'item', 'bundle_item', 'discount', 'shipping' or 'tax'.
--   line_number: Number of the line, from 1.
--   child_number: Number of the item in its bundle, 0 outside of bundles.
--   customer_key: Key of the customer for BI tools: the company's id, a bar, the id; -1 where there is none.
--   item_key: Key of the item for BI tools: the company's id, a bar, the id; -1 where there is none.
--   account_key: Key of the account for BI tools: the company's id, a bar, the id; -1 where there is none.
--   class_key: Key of the class for BI tools: the company's id, a bar, the id; -1 where there is none.
--   invoiced_month: Month it was invoiced in.
--   earned_month: Month it is earned in.
--   deferred_months: Months from one to the other.
--   amount: Amount, home currency.
SELECT
    realm_id,
    transaction_type,
    transaction_id,
    transaction_key,
    line_type,
    line_number,
    child_number,
    customer_key,
    item_key,
    account_key,
    class_key,
    month AS invoiced_month,
    date_trunc('month', coalesce(service_date, transaction_date))::DATE AS earned_month,
    date_diff('month', month, date_trunc('month', coalesce(service_date, transaction_date))::DATE)::INTEGER AS deferred_months,
    net_amount AS amount
FROM finance.fct_sales_line
WHERE line_type <> 'tax'
