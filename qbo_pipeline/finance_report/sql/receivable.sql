-- What customers owe on a day, a row a document; what was paid and not applied is negative.
SELECT
    aging.customer_id AS party_id, coalesce(replace(dim_customer.path, ':', ': '), 'Without a customer') AS party,
    aging.transaction_type, aging.transaction_id, coalesce(aging.doc_number, '') AS number,
    aging.transaction_date, aging.due_date, coalesce(aging.days_overdue, 0) AS days_overdue, aging.bucket,
    aging.open_balance
FROM finance.ar_aging_as_of($day) AS aging
LEFT JOIN finance.dim_customer
    ON dim_customer.realm_id = aging.realm_id AND dim_customer.customer_id = aging.customer_id
WHERE aging.realm_id = $realm_id AND aging.open_balance <> 0
ORDER BY aging.transaction_date, aging.transaction_type, aging.transaction_id
