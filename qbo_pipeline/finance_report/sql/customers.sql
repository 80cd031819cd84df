-- Income of some days by customer, jobs with the customer they belong to; most first, what has no customer last.
WITH earned AS (
    SELECT
        coalesce(dim_customer.root_customer_name, dim_customer.name) AS customer,
        -sum(general_ledger.signed_amount)::DECIMAL(18, 2) AS amount
    FROM finance.general_ledger
    INNER JOIN finance.dim_account
        ON dim_account.realm_id = general_ledger.realm_id AND dim_account.account_id = general_ledger.account_id
    LEFT JOIN finance.dim_customer
        ON dim_customer.realm_id = general_ledger.realm_id AND dim_customer.customer_id = general_ledger.customer_id
    WHERE
        general_ledger.realm_id = $realm_id AND general_ledger.basis = $basis
        AND general_ledger.transaction_date BETWEEN $first AND $last AND dim_account.account_type = 'Income'
    GROUP BY ALL
)
SELECT customer, amount
FROM earned
WHERE amount <> 0
ORDER BY customer IS NULL, amount DESC, customer
