-- A company of $invoices invoices as the tables hold it, and as QuickBooks' reports would show it: three years, three
-- item lines an invoice and its subtotal, a payment of each in full, and for every tenth invoice a bill, its payment and
-- an expense. Each part is the rows of a table, by whose name it is headed.

-- table: quickbooks.company_info
SELECT '1' AS id, 'Company of many invoices' AS company_name, 'January' AS fiscal_year_start_month, 'US' AS country

-- table: quickbooks.preferences
SELECT '1' AS id, 'USD' AS home_currency_id, false AS multi_currency_enabled

-- table: quickbooks.account
SELECT id, name, name AS fully_qualified_name, true AS active, account_type, account_sub_type, classification, 'USD' AS currency_id
FROM (
    VALUES ('1', 'Checking', 'Bank', 'Checking', 'Asset'),
        ('2', 'Accounts Receivable', 'Accounts Receivable', 'AccountsReceivable', 'Asset'),
        ('3', 'Undeposited Funds', 'Other Current Asset', 'UndepositedFunds', 'Asset'),
        ('4', 'Accounts Payable', 'Accounts Payable', 'AccountsPayable', 'Liability'),
        ('5', 'Retained Earnings', 'Equity', 'RetainedEarnings', 'Equity'),
        ('6', 'Rent', 'Expense', 'RentOrLeaseOfBuildings', 'Expense'),
        ('7', 'Office', 'Expense', 'OfficeGeneralAdministrativeExpenses', 'Expense'),
        ('10', 'Sales 0', 'Income', 'SalesOfProductIncome', 'Revenue'),
        ('11', 'Sales 1', 'Income', 'SalesOfProductIncome', 'Revenue'),
        ('12', 'Sales 2', 'Income', 'SalesOfProductIncome', 'Revenue')
) AS chart(id, name, account_type, account_sub_type, classification)

-- table: quickbooks.item
SELECT (n)::VARCHAR AS id, 'Item ' || n AS name, true AS active, 'Service' AS type, (10 + n % 3)::VARCHAR AS income_account_id
FROM range(1, 501) AS numbers(n)

-- table: quickbooks.customer
SELECT (n)::VARCHAR AS id, 'Customer ' || n AS display_name, 'Customer ' || n AS fully_qualified_name, true AS active, 'USD' AS currency_id
FROM range(1, 20001) AS numbers(n)

-- table: quickbooks.vendor
SELECT (n)::VARCHAR AS id, 'Vendor ' || n AS display_name, true AS active, 'USD' AS currency_id
FROM range(1, 1001) AS numbers(n)

-- table: quickbooks.invoice
SELECT
    (3 * n)::VARCHAR AS id, n::VARCHAR AS doc_number, $day AS txn_date, $day + 30 AS due_date, (1 + n % 20000)::VARCHAR AS customer_id,
    'USD' AS currency_id, 1::DECIMAL(28, 10) AS exchange_rate, $total AS total_amt, $total AS home_total_amt, 0::DECIMAL(18, 4) AS balance,
    0::DECIMAL(18, 4) AS total_tax
FROM range(0, $invoices) AS numbers(n)

-- table: quickbooks.invoice_line
SELECT
    (3 * n)::VARCHAR AS invoice_id, line AS line_number, CASE WHEN line < 4 THEN line::VARCHAR END AS line_id, line AS line_num,
    CASE WHEN line < 4 THEN 'SalesItemLineDetail' ELSE 'SubTotalLineDetail' END AS detail_type,
    CASE WHEN line < 4 THEN $amount ELSE $total END AS amount,
    CASE WHEN line < 4 THEN (1 + (n + line) % 500)::VARCHAR END AS item_id,
    CASE WHEN line < 4 THEN (10 + (1 + (n + line) % 500) % 3)::VARCHAR END AS item_account_id,
    CASE WHEN line < 4 THEN 1::DECIMAL(28, 10) END AS quantity
FROM range(0, $invoices) AS numbers(n), range(1, 5) AS lines(line)

-- table: quickbooks.invoice_linked_txn
SELECT (3 * n)::VARCHAR AS invoice_id, 1 AS linked_txn_number, (3 * n + 1)::VARCHAR AS txn_id, 'Payment' AS txn_type
FROM range(0, $invoices) AS numbers(n)

-- table: quickbooks.payment
SELECT
    (3 * n + 1)::VARCHAR AS id, $day + 20 AS txn_date, (1 + n % 20000)::VARCHAR AS customer_id, '1' AS deposit_to_account_id,
    'USD' AS currency_id, 1::DECIMAL(28, 10) AS exchange_rate, $total AS total_amt, 0::DECIMAL(18, 4) AS unapplied_amt
FROM range(0, $invoices) AS numbers(n)

-- table: quickbooks.payment_line
SELECT (3 * n + 1)::VARCHAR AS payment_id, 1 AS line_number, $total AS amount
FROM range(0, $invoices) AS numbers(n)

-- table: quickbooks.payment_line_linked_txn
SELECT (3 * n + 1)::VARCHAR AS payment_id, 1 AS line_number, 1 AS linked_txn_number, (3 * n)::VARCHAR AS txn_id, 'Invoice' AS txn_type
FROM range(0, $invoices) AS numbers(n)

-- table: quickbooks.bill
SELECT
    (3 * n + 2)::VARCHAR AS id, 'B' || n AS doc_number, $day AS txn_date, $day + 30 AS due_date, (1 + n % 1000)::VARCHAR AS vendor_id,
    '4' AS ap_account_id, 'USD' AS currency_id, 1::DECIMAL(28, 10) AS exchange_rate, $total AS total_amt, 0::DECIMAL(18, 4) AS balance
FROM range(0, $invoices, 10) AS numbers(n)

-- table: quickbooks.bill_line
SELECT
    (3 * n + 2)::VARCHAR AS bill_id, 1 AS line_number, '1' AS line_id, 'AccountBasedExpenseLineDetail' AS detail_type, $total AS amount,
    '6' AS account_id
FROM range(0, $invoices, 10) AS numbers(n)

-- table: quickbooks.bill_payment
SELECT
    (3 * n + 5)::VARCHAR AS id, $day + 20 AS txn_date, (1 + n % 1000)::VARCHAR AS vendor_id, 'Check' AS pay_type, '1' AS check_bank_account_id,
    'USD' AS currency_id, 1::DECIMAL(28, 10) AS exchange_rate, $total AS total_amt
FROM range(0, $invoices, 10) AS numbers(n)

-- table: quickbooks.bill_payment_line
SELECT (3 * n + 5)::VARCHAR AS bill_payment_id, 1 AS line_number, $total AS amount
FROM range(0, $invoices, 10) AS numbers(n)

-- table: quickbooks.bill_payment_line_linked_txn
SELECT (3 * n + 5)::VARCHAR AS bill_payment_id, 1 AS line_number, 1 AS linked_txn_number, (3 * n + 2)::VARCHAR AS txn_id, 'Bill' AS txn_type
FROM range(0, $invoices, 10) AS numbers(n)

-- table: quickbooks.purchase
SELECT
    (3 * n + 8)::VARCHAR AS id, $day AS txn_date, '1' AS account_id, 'Check' AS payment_type, (1 + n % 1000)::VARCHAR AS entity_id,
    'Vendor' AS entity_type, 'USD' AS currency_id, 1::DECIMAL(28, 10) AS exchange_rate, $total AS total_amt
FROM range(0, $invoices, 10) AS numbers(n)

-- table: quickbooks.purchase_line
SELECT
    (3 * n + 8)::VARCHAR AS purchase_id, 1 AS line_number, '1' AS line_id, 'AccountBasedExpenseLineDetail' AS detail_type, $total AS amount,
    '7' AS account_id
FROM range(0, $invoices, 10) AS numbers(n)

-- table: reports.posted_leg
WITH leg AS (
    SELECT n, 'Accrual' AS basis, 3 * n AS id, 'Invoice' AS title, $day AS day, 1 AS leg, '2' AS account, $total AS amount
    FROM range(0, $invoices) AS numbers(n)
    UNION ALL
    SELECT n, 'Accrual', 3 * n, 'Invoice', $day, 1 + line, (10 + (1 + (n + line) % 500) % 3)::VARCHAR, -$amount
    FROM range(0, $invoices) AS numbers(n), range(1, 4) AS lines(line)
    UNION ALL
    SELECT n, 'Accrual', 3 * n + 1, 'Payment', $day + 20, 1 + side, CASE side WHEN 0 THEN '1' ELSE '2' END, CASE side WHEN 0 THEN $total ELSE -$total END
    FROM range(0, $invoices) AS numbers(n), range(0, 2) AS sides(side)
    UNION ALL
    SELECT n, 'Cash', 3 * n + 1, 'Payment', $day + 20, 1, '1', $total
    FROM range(0, $invoices) AS numbers(n)
    UNION ALL
    SELECT n, 'Cash', 3 * n + 1, 'Payment', $day + 20, 1 + line, (10 + (1 + (n + line) % 500) % 3)::VARCHAR, -$amount
    FROM range(0, $invoices) AS numbers(n), range(1, 4) AS lines(line)
    UNION ALL
    SELECT n, 'Accrual', 3 * n + 2, 'Bill', $day, 1 + side, CASE side WHEN 0 THEN '4' ELSE '6' END, CASE side WHEN 0 THEN -$total ELSE $total END
    FROM range(0, $invoices, 10) AS numbers(n), range(0, 2) AS sides(side)
    UNION ALL
    SELECT n, 'Accrual', 3 * n + 5, 'Bill Payment (Check)', $day + 20, 1 + side, CASE side WHEN 0 THEN '1' ELSE '4' END, CASE side WHEN 0 THEN -$total ELSE $total END
    FROM range(0, $invoices, 10) AS numbers(n), range(0, 2) AS sides(side)
    UNION ALL
    SELECT n, 'Cash', 3 * n + 5, 'Bill Payment (Check)', $day + 20, 1 + side, CASE side WHEN 0 THEN '1' ELSE '6' END, CASE side WHEN 0 THEN -$total ELSE $total END
    FROM range(0, $invoices, 10) AS numbers(n), range(0, 2) AS sides(side)
    UNION ALL
    SELECT n, basis, 3 * n + 8, 'Check', $day, 1 + side, CASE side WHEN 0 THEN '1' ELSE '7' END, CASE side WHEN 0 THEN -$total ELSE $total END
    FROM range(0, $invoices, 10) AS numbers(n), range(0, 2) AS sides(side), (VALUES ('Accrual'), ('Cash')) AS bases(basis)
)
SELECT
    basis, date_trunc('month', day)::DATE AS month, id::VARCHAR AS transaction_id, title AS transaction_title, leg AS leg_number,
    day AS transaction_date, account AS account_id, account AS account_name, greatest(amount, 0)::DECIMAL(18, 2) AS debit,
    greatest(-amount, 0)::DECIMAL(18, 2) AS credit, 1 AS pull
FROM leg

-- table: reports.month_pull
SELECT
    basis, month, 'digest' AS digest, TIMESTAMP '2026-11-01 12:00' AS pulled_at, count(*) AS legs, sum(debit) AS debit,
    sum(credit) AS credit, 1 AS requests, 1 AS pull
FROM reports.posted_leg
GROUP BY basis, month

-- table: reports.account_month
WITH activity AS (
    SELECT basis, month, account_id, sum(debit - credit) AS amount FROM reports.posted_leg GROUP BY ALL
),
every_month AS (
    SELECT basis, month, account_id FROM (SELECT DISTINCT basis, month FROM activity), (SELECT DISTINCT account_id FROM activity)
),
balance AS (
    SELECT
        basis, month, account_id,
        sum(coalesce(amount, 0)) OVER (PARTITION BY basis, account_id ORDER BY month) AS amount
    FROM every_month LEFT JOIN activity USING (basis, month, account_id)
)
SELECT
    basis, month, 'ProfitAndLoss' AS statement, account_id, 'account' AS line,
    CASE WHEN account_id::INTEGER >= 10 THEN -amount ELSE amount END::DECIMAL(18, 2) AS amount, 1 AS pull
FROM activity
WHERE account_id IN ('6', '7') OR account_id::INTEGER >= 10
UNION ALL
SELECT
    basis, month, 'BalanceSheet', account_id, 'account', CASE WHEN account_id = '4' THEN -amount ELSE amount END::DECIMAL(18, 2), 1
FROM balance
WHERE account_id IN ('1', '2', '3', '4')
