-- Heads of the documents that have legs in some days, and of those that are open on the last of them.
WITH shown AS (
    SELECT transaction_type, transaction_id
    FROM finance.general_ledger
    WHERE realm_id = $realm_id AND basis = $basis AND transaction_date BETWEEN $first AND $last
    UNION
    SELECT transaction_type, transaction_id FROM finance.ar_aging_as_of($last) WHERE realm_id = $realm_id
    UNION
    SELECT transaction_type, transaction_id FROM finance.ap_aging_as_of($last) WHERE realm_id = $realm_id
)
SELECT
    dim_transaction.transaction_type, dim_transaction.transaction_id, dim_transaction.transaction_type AS label,
    coalesce(dim_transaction.doc_number, '') AS number, dim_transaction.transaction_date,
    coalesce(dim_customer.name, dim_vendor.name, dim_employee.name, '') AS party,
    coalesce(dim_transaction.memo, '') AS memo, dim_transaction.amount, coalesce(dim_transaction.currency_id, '') AS currency,
    coalesce(dim_transaction.is_voided, FALSE) AS is_voided, coalesce(dim_transaction.url, '') AS url
FROM shown
INNER JOIN finance.dim_transaction
    ON dim_transaction.realm_id = $realm_id
    AND dim_transaction.transaction_type = shown.transaction_type
    AND dim_transaction.transaction_id = shown.transaction_id
LEFT JOIN finance.dim_customer
    ON dim_customer.realm_id = $realm_id AND dim_customer.customer_id = dim_transaction.customer_id
LEFT JOIN finance.dim_vendor
    ON dim_vendor.realm_id = $realm_id AND dim_vendor.vendor_id = dim_transaction.vendor_id
LEFT JOIN finance.dim_employee
    ON dim_employee.realm_id = $realm_id AND dim_employee.employee_id = dim_transaction.employee_id
ORDER BY dim_transaction.transaction_date, dim_transaction.transaction_type, dim_transaction.transaction_id
