-- What was sold to each customer in each month, without tax; jobs with their topmost customer.
-- Grain: a customer of a month.
-- Key: realm_id, month, customer_id
-- Built: view
-- Source: fct_sales_line, dim_customer.
WITH monthly AS (
    SELECT realm_id, month, customer_id, sum(net_amount) AS amount, count(DISTINCT transaction_key) AS documents
    FROM finance.fct_sales_line
    GROUP BY ALL
)
SELECT
    monthly.realm_id,
    monthly.month,
    coalesce(dim_customer.root_customer_id, monthly.customer_id) AS customer_id,
    monthly.realm_id || '|' || coalesce(dim_customer.root_customer_id, monthly.customer_id, '-1') AS customer_key,
    sum(monthly.amount)::DECIMAL(18, 2) AS amount,
    sum(monthly.documents)::BIGINT AS documents
FROM monthly
LEFT JOIN finance.dim_customer ON dim_customer.realm_id = monthly.realm_id AND dim_customer.customer_id = monthly.customer_id
GROUP BY monthly.realm_id, monthly.month, coalesce(dim_customer.root_customer_id, monthly.customer_id)
