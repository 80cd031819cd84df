-- What was sold to each customer in each month, without tax; jobs with their topmost customer.
-- Grain: a customer of a month.
-- Key: realm_id, month, customer_id
-- Built: view
-- Source: fct_sales_line, hierarchy.
-- Columns:
--   realm_id: The company.
--   month: First day of the month.
--   customer_id: The customer or job.
--   customer_key: Key of the customer for BI tools: the company's id, a bar, the id; -1 where there is none.
--   amount: Amount, home currency.
--   documents: Documents.
WITH monthly AS (
    SELECT realm_id, month, customer_id, sum(net_amount) AS amount, count(DISTINCT transaction_key) AS documents
    FROM finance.fct_sales_line
    GROUP BY ALL
),
topmost AS (
    SELECT monthly.realm_id, monthly.month, coalesce(hierarchy.root_id, monthly.customer_id) AS customer_id, monthly.amount,
        monthly.documents
    FROM monthly
    LEFT JOIN finance.hierarchy
        ON hierarchy.realm_id = monthly.realm_id AND hierarchy.list = 'customer' AND hierarchy.id = monthly.customer_id
)
SELECT
    realm_id,
    month,
    customer_id,
    realm_id || '|' || coalesce(customer_id, '-1') AS customer_key,
    sum(amount)::DECIMAL(18, 2) AS amount,
    sum(documents)::BIGINT AS documents
FROM topmost
GROUP BY realm_id, month, customer_id
