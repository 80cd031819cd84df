-- When what was sold is earned, by the day its service is given: analytical, no ledger has it. Lines without a service date are earned when they are
-- invoiced, discounts with what they are on. Tax is left out.
-- Grain: a line of a sales form and month it is earned in; only discounts have several.
-- Key: realm_id, transaction_type, transaction_id, line_type, line_number, child_number, earned_month
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
WITH lines AS (
    SELECT *, date_trunc('month', coalesce(service_date, transaction_date))::DATE AS earned_month
    FROM finance.fct_sales_line
    WHERE line_type NOT IN ('tip', 'tax')
),
earned AS (
    SELECT realm_id, transaction_type, transaction_id, earned_month, sum(net_amount) AS amount
    FROM lines
    WHERE line_type IN ('item', 'bundle_item')
    GROUP BY ALL
),
shares AS (
    SELECT
        realm_id, transaction_type, transaction_id, earned_month, amount,
        sum(amount) OVER (PARTITION BY realm_id, transaction_type, transaction_id ORDER BY earned_month) AS so_far,
        sum(amount) OVER (PARTITION BY realm_id, transaction_type, transaction_id) AS total
    FROM earned
),
-- Rounded from the first month to each: the parts come to the whole.
parts AS (
    SELECT
        lines.* REPLACE (
            coalesce(shares.earned_month, lines.earned_month) AS earned_month,
            CASE
                WHEN shares.total IS NULL THEN lines.net_amount
                ELSE round(lines.net_amount * shares.so_far / shares.total, 2)
                    - round(lines.net_amount * (shares.so_far - shares.amount) / shares.total, 2)
            END::DECIMAL(18, 2) AS net_amount
        )
    FROM lines
    LEFT JOIN shares
        ON shares.realm_id = lines.realm_id AND shares.transaction_type = lines.transaction_type
            AND shares.transaction_id = lines.transaction_id AND lines.line_type = 'discount' AND shares.total <> 0
)
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
    earned_month,
    date_diff('month', month, earned_month)::INTEGER AS deferred_months,
    net_amount AS amount
FROM parts
