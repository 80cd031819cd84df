-- What was sold and credited: the lines of invoices, sales receipts, credit memos and refunds, the items of bundles one by one, with
-- discounts, shipping and tax as lines of their own. What goes back to a customer is negative, so that sums are sales.
-- Grain: a line of a sales form.
-- Key: realm_id, transaction_type, transaction_id, line_type, line_number, child_number
-- Built: documents
-- Source: lines of Invoice, SalesReceipt, CreditMemo and RefundReceipt, and their TxnTaxDetail.
-- Columns:
--   realm_id: The company.
--   transaction_type: QuickBooks' entity type: Invoice, Bill, JournalEntry …
--   transaction_id: QuickBooks' id, unique within the type.
--   transaction_key: Key of the transaction: the company's id, the type, the id, with bars between.
--   line_type: 'item', 'bundle_item', 'discount', 'shipping' or 'tax'.
--   line_number: Number of the line, from 1.
--   child_number: Number of the item in its bundle, 0 outside of bundles.
--   line_id: QuickBooks' id of the line.
--   transaction_date: Date of the transaction.
--   month: First day of the month.
--   service_date: Day the service was given.
--   customer_id: The customer or job.
--   customer_key: Key of the customer for BI tools: the company's id, a bar, the id; -1 where there is none.
--   item_id: The item.
--   item_key: Key of the item for BI tools: the company's id, a bar, the id; -1 where there is none.
--   bundle_item_id: The bundle.
--   account_id: The account.
--   account_key: Key of the account for BI tools: the company's id, a bar, the id; -1 where there is none.
--   class_id: The class.
--   class_key: Key of the class for BI tools: the company's id, a bar, the id; -1 where there is none.
--   department_id: The department (location).
--   department_key: Key of the department for BI tools: the company's id, a bar, the id; -1 where there is
--       none.
--   tax_code_id: Tax code.
--   tax_rate_id: Tax rate.
--   quantity: Quantity.
--   unit_price: Price of a unit, transaction currency.
--   currency_id: Currency code.
--   exchange_rate: Home currency for a unit of the transaction currency.
--   foreign_amount: Amount, transaction currency.
--   amount: Amount, home currency.
--   gross_amount: Sold before discounts and tax, home currency.
--   discount_amount: Discounts (negative), home currency.
--   net_amount: Without tax, home currency.
--   tax_amount: Tax, home currency.
--   description: Description.
WITH forms AS (
    SELECT realm_id, 'Invoice' AS transaction_type, id AS transaction_id, 1 AS direction, txn_date, customer_id, department_id, class_id, currency_id, exchange_rate
    FROM changed.invoice WHERE NOT deleted
    UNION ALL
    SELECT realm_id, 'SalesReceipt', id, 1, txn_date, customer_id, department_id, class_id, currency_id, exchange_rate FROM changed.sales_receipt WHERE NOT deleted
    UNION ALL
    SELECT realm_id, 'CreditMemo', id, -1, txn_date, customer_id, department_id, class_id, currency_id, exchange_rate FROM changed.credit_memo WHERE NOT deleted
    UNION ALL
    SELECT realm_id, 'RefundReceipt', id, -1, txn_date, customer_id, department_id, class_id, currency_id, exchange_rate FROM changed.refund_receipt WHERE NOT deleted
),
lines AS (
    SELECT realm_id, 'Invoice' AS transaction_type, invoice_id AS transaction_id, line_number, 0 AS child_number, line_id, detail_type, amount, item_id, item_account_id,
        discount_account_id, class_id, quantity, unit_price, tax_code_id, service_date, description
    FROM changed.invoice_line
    UNION ALL
    SELECT realm_id, 'Invoice', invoice_id, line_number, group_line_number, line_id, detail_type, amount, item_id, item_account_id,
        discount_account_id, class_id, quantity, unit_price, tax_code_id, service_date, description
    FROM changed.invoice_line_group_line
    UNION ALL
    SELECT realm_id, 'SalesReceipt', sales_receipt_id, line_number, 0, line_id, detail_type, amount, item_id, item_account_id,
        discount_account_id, class_id, quantity, unit_price, tax_code_id, service_date, description
    FROM changed.sales_receipt_line
    UNION ALL
    SELECT realm_id, 'SalesReceipt', sales_receipt_id, line_number, group_line_number, line_id, detail_type, amount, item_id, item_account_id,
        discount_account_id, class_id, quantity, unit_price, tax_code_id, service_date, description
    FROM changed.sales_receipt_line_group_line
    UNION ALL
    SELECT realm_id, 'CreditMemo', credit_memo_id, line_number, 0, line_id, detail_type, amount, item_id, item_account_id,
        discount_account_id, class_id, quantity, unit_price, tax_code_id, service_date, description
    FROM changed.credit_memo_line
    UNION ALL
    SELECT realm_id, 'CreditMemo', credit_memo_id, line_number, group_line_number, line_id, detail_type, amount, item_id, item_account_id,
        discount_account_id, class_id, quantity, unit_price, tax_code_id, service_date, description
    FROM changed.credit_memo_line_group_line
    UNION ALL
    SELECT realm_id, 'RefundReceipt', refund_receipt_id, line_number, 0, line_id, detail_type, amount, item_id, item_account_id,
        discount_account_id, class_id, quantity, unit_price, tax_code_id, service_date, description
    FROM changed.refund_receipt_line
    UNION ALL
    SELECT realm_id, 'RefundReceipt', refund_receipt_id, line_number, group_line_number, line_id, detail_type, amount, item_id, item_account_id,
        discount_account_id, class_id, quantity, unit_price, tax_code_id, service_date, description
    FROM changed.refund_receipt_line_group_line
),
bundles AS (
    SELECT realm_id, 'Invoice' AS transaction_type, invoice_id AS transaction_id, line_number, group_item_id FROM changed.invoice_line WHERE group_item_id IS NOT NULL
    UNION ALL
    SELECT realm_id, 'SalesReceipt', sales_receipt_id, line_number, group_item_id FROM changed.sales_receipt_line WHERE group_item_id IS NOT NULL
    UNION ALL
    SELECT realm_id, 'CreditMemo', credit_memo_id, line_number, group_item_id FROM changed.credit_memo_line WHERE group_item_id IS NOT NULL
    UNION ALL
    SELECT realm_id, 'RefundReceipt', refund_receipt_id, line_number, group_item_id FROM changed.refund_receipt_line WHERE group_item_id IS NOT NULL
),
typed AS (
    SELECT
        realm_id, transaction_type, transaction_id, line_number, child_number, line_id,
        CASE
            WHEN detail_type = 'DiscountLineDetail' THEN 'discount'
            WHEN item_id = 'SHIPPING_ITEM_ID' THEN 'shipping'
            WHEN child_number > 0 THEN 'bundle_item'
            ELSE 'item'
        END AS line_type,
        CASE detail_type WHEN 'DiscountLineDetail' THEN -amount ELSE amount END AS amount,
        nullif(item_id, 'SHIPPING_ITEM_ID') AS item_id, item_account_id, discount_account_id, NULL AS tax_account_id, class_id, quantity, unit_price, tax_code_id,
        NULL AS tax_rate_id, service_date, description
    FROM lines
    WHERE detail_type IN ('SalesItemLineDetail', 'DiscountLineDetail')
    UNION ALL
    SELECT realm_id, transaction_type, transaction_id, tax_line_number, 0, NULL, 'tax', amount, NULL, NULL, NULL, account_id, NULL, NULL, NULL, NULL, tax_rate_id, NULL, NULL
    FROM posting.tax_line
    WHERE transaction_type IN ('Invoice', 'SalesReceipt', 'CreditMemo', 'RefundReceipt')
),
placed AS (
    SELECT
        forms.realm_id, forms.transaction_type, forms.transaction_id, typed.line_type, typed.line_number, typed.child_number, typed.line_id, forms.txn_date AS transaction_date,
        typed.service_date, forms.customer_id, typed.item_id, bundles.group_item_id AS bundle_item_id,
        CASE typed.line_type
            WHEN 'tax' THEN typed.tax_account_id
            WHEN 'discount' THEN coalesce(typed.discount_account_id, company_account.discount_id)
            WHEN 'shipping' THEN coalesce(typed.item_account_id, shipping_account.account_id)
            ELSE coalesce(typed.item_account_id, item.income_account_id, company_account.sales_id)
        END AS account_id,
        coalesce(typed.class_id, forms.class_id) AS class_id, forms.department_id, typed.tax_code_id, typed.tax_rate_id,
        typed.quantity * forms.direction AS quantity, typed.unit_price, coalesce(forms.currency_id, company_account.home_currency_id) AS currency_id,
        coalesce(forms.exchange_rate, 1) AS exchange_rate, typed.amount * forms.direction AS foreign_amount, typed.description
    FROM typed
    INNER JOIN forms
        ON forms.realm_id = typed.realm_id AND forms.transaction_type = typed.transaction_type AND forms.transaction_id = typed.transaction_id
    LEFT JOIN bundles
        ON bundles.realm_id = typed.realm_id AND bundles.transaction_type = typed.transaction_type AND bundles.transaction_id = typed.transaction_id
        AND bundles.line_number = typed.line_number AND typed.child_number > 0
    LEFT JOIN quickbooks.item ON item.realm_id = typed.realm_id AND item.id = typed.item_id
    LEFT JOIN posting.company_account ON company_account.realm_id = typed.realm_id
    LEFT JOIN posting.shipping_account ON shipping_account.realm_id = typed.realm_id
)
SELECT
    realm_id,
    transaction_type,
    transaction_id,
    realm_id || '|' || transaction_type || '|' || transaction_id AS transaction_key,
    line_type,
    line_number,
    child_number,
    line_id,
    transaction_date,
    date_trunc('month', transaction_date)::DATE AS month,
    service_date,
    customer_id,
    realm_id || '|' || coalesce(customer_id, '-1') AS customer_key,
    item_id,
    realm_id || '|' || coalesce(item_id, '-1') AS item_key,
    bundle_item_id,
    account_id,
    realm_id || '|' || coalesce(account_id, '-1') AS account_key,
    class_id,
    realm_id || '|' || coalesce(class_id, '-1') AS class_key,
    department_id,
    realm_id || '|' || coalesce(department_id, '-1') AS department_key,
    tax_code_id,
    tax_rate_id,
    quantity::DECIMAL(28, 10) AS quantity,
    unit_price,
    currency_id,
    exchange_rate::DECIMAL(28, 10) AS exchange_rate,
    foreign_amount::DECIMAL(18, 2) AS foreign_amount,
    round(foreign_amount * exchange_rate, 2)::DECIMAL(18, 2) AS amount,
    CASE WHEN line_type IN ('item', 'bundle_item', 'shipping') THEN round(foreign_amount * exchange_rate, 2) ELSE 0 END::DECIMAL(18, 2) AS gross_amount,
    CASE WHEN line_type = 'discount' THEN round(foreign_amount * exchange_rate, 2) ELSE 0 END::DECIMAL(18, 2) AS discount_amount,
    CASE WHEN line_type <> 'tax' THEN round(foreign_amount * exchange_rate, 2) ELSE 0 END::DECIMAL(18, 2) AS net_amount,
    CASE WHEN line_type = 'tax' THEN round(foreign_amount * exchange_rate, 2) ELSE 0 END::DECIMAL(18, 2) AS tax_amount,
    description
FROM placed
