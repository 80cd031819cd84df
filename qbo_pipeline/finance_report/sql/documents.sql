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
    transactions.transaction_type, transactions.transaction_id, transactions.type_label,
    coalesce(transactions.doc_number, '') AS number, transactions.transaction_date,
    coalesce(replace(dim_customer.path, ':', ': '), dim_vendor.name, dim_employee.name, '') AS party,
    coalesce(transactions.memo, '') AS memo, transactions.foreign_amount AS total,
    coalesce(transactions.currency_id, '') AS currency, coalesce(transactions.is_voided, FALSE) AS is_voided,
    coalesce(transactions.qbo_url, '') AS url
FROM shown
INNER JOIN finance.dim_transaction AS transactions
    ON transactions.realm_id = $realm_id
    AND transactions.transaction_type = shown.transaction_type
    AND transactions.transaction_id = shown.transaction_id
LEFT JOIN finance.dim_customer
    ON dim_customer.realm_id = $realm_id AND dim_customer.customer_id = transactions.customer_id
LEFT JOIN finance.dim_vendor
    ON dim_vendor.realm_id = $realm_id AND dim_vendor.vendor_id = transactions.vendor_id
LEFT JOIN finance.dim_employee
    ON dim_employee.realm_id = $realm_id AND dim_employee.employee_id = transactions.employee_id
ORDER BY transactions.transaction_date, transactions.transaction_type, transactions.transaction_id
