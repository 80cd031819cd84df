-- What was sold and credited: the lines of invoices, sales receipts, credit memos and refunds, the items of bundles one by one, with
-- discounts, shipping, tips and tax as lines of their own. What goes back to a customer is negative, so that sums are sales; a tip is
-- the staff's and no sale.
-- Grain: a line of a sales form.
-- Key: realm_id, transaction_type, transaction_id, line_type, line_number, child_number
-- Built: documents
-- Source: lines of Invoice, SalesReceipt, CreditMemo and RefundReceipt, and their TxnTaxDetail.
-- Columns:
--   realm_id: The company.
--   transaction_type: QuickBooks' entity type: Invoice, Bill, JournalEntry …
--   transaction_id: QuickBooks' id, unique within the type.
--   transaction_key: Key of the transaction: the company's id, the type, the id, with bars between.
--   line_type: 'item', 'bundle_item', 'discount', 'shipping', 'tip' or 'tax'.
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
--   gross_amount: Sold before discounts, tips and tax, home currency.
--   discount_amount: Discounts (negative), home currency.
--   net_amount: Without tips and tax, home currency.
--   tax_amount: Tax, home currency.
--   description: Description.
WITH lines AS (
    SELECT
        form.realm_id, 'Invoice' AS transaction_type, form.id AS transaction_id, 1 AS direction, form.txn_date,
            form.customer_id, form.department_id, form.currency_id, form.exchange_rate,
        line.line_number, 0::BIGINT AS child_number, line.line_id, line.detail_type, line.amount, line.item_id, NULL::VARCHAR AS bundle_item_id,
            line.item_account_id,
        line.discount_account_id, coalesce(line.class_id, form.class_id) AS class_id, line.quantity, line.unit_price,
            line.tax_code_id, line.service_date, line.description
    FROM changed.invoice AS form
    INNER JOIN changed.invoice_line AS line ON line.realm_id = form.realm_id AND line.invoice_id = form.id
    WHERE NOT form.deleted AND line.detail_type IN ('SalesItemLineDetail', 'DiscountLineDetail')
    UNION ALL
    SELECT
        form.realm_id, 'Invoice', form.id, 1, form.txn_date, form.customer_id, form.department_id, form.currency_id,
            form.exchange_rate,
        child.line_number, child.group_line_number, child.line_id, child.detail_type, child.amount, child.item_id,
            bundle.group_item_id, child.item_account_id,
        child.discount_account_id, coalesce(child.class_id, bundle.class_id, form.class_id), child.quantity, child.unit_price,
            child.tax_code_id, child.service_date, child.description
    FROM changed.invoice AS form
    INNER JOIN changed.invoice_line_group_line AS child ON child.realm_id = form.realm_id AND child.invoice_id = form.id
    LEFT JOIN changed.invoice_line AS bundle
        ON bundle.realm_id = child.realm_id AND bundle.invoice_id = child.invoice_id AND bundle.line_number = child.line_number
    WHERE NOT form.deleted AND child.detail_type IN ('SalesItemLineDetail', 'DiscountLineDetail')
    UNION ALL
    SELECT
        form.realm_id, 'SalesReceipt', form.id, 1, form.txn_date, form.customer_id, form.department_id, form.currency_id,
            form.exchange_rate,
        line.line_number, 0, line.line_id, line.detail_type, line.amount, line.item_id, NULL, line.item_account_id,
        line.discount_account_id, coalesce(line.class_id, form.class_id), line.quantity, line.unit_price, line.tax_code_id,
            line.service_date, line.description
    FROM changed.sales_receipt AS form
    INNER JOIN changed.sales_receipt_line AS line ON line.realm_id = form.realm_id AND line.sales_receipt_id = form.id
    WHERE NOT form.deleted AND line.detail_type IN ('SalesItemLineDetail', 'DiscountLineDetail')
    UNION ALL
    SELECT
        form.realm_id, 'SalesReceipt', form.id, 1, form.txn_date, form.customer_id, form.department_id, form.currency_id,
            form.exchange_rate,
        child.line_number, child.group_line_number, child.line_id, child.detail_type, child.amount, child.item_id,
            bundle.group_item_id, child.item_account_id,
        child.discount_account_id, coalesce(child.class_id, bundle.class_id, form.class_id), child.quantity, child.unit_price,
            child.tax_code_id, child.service_date, child.description
    FROM changed.sales_receipt AS form
    INNER JOIN changed.sales_receipt_line_group_line AS child ON child.realm_id = form.realm_id
        AND child.sales_receipt_id = form.id
    LEFT JOIN changed.sales_receipt_line AS bundle
        ON bundle.realm_id = child.realm_id AND bundle.sales_receipt_id = child.sales_receipt_id
            AND bundle.line_number = child.line_number
    WHERE NOT form.deleted AND child.detail_type IN ('SalesItemLineDetail', 'DiscountLineDetail')
    UNION ALL
    SELECT
        form.realm_id, 'CreditMemo', form.id, -1, form.txn_date, form.customer_id, form.department_id, form.currency_id,
            form.exchange_rate,
        line.line_number, 0, line.line_id, line.detail_type, line.amount, line.item_id, NULL, line.item_account_id,
        line.discount_account_id, coalesce(line.class_id, form.class_id), line.quantity, line.unit_price, line.tax_code_id,
            line.service_date, line.description
    FROM changed.credit_memo AS form
    INNER JOIN changed.credit_memo_line AS line ON line.realm_id = form.realm_id AND line.credit_memo_id = form.id
    WHERE NOT form.deleted AND line.detail_type IN ('SalesItemLineDetail', 'DiscountLineDetail')
    UNION ALL
    SELECT
        form.realm_id, 'CreditMemo', form.id, -1, form.txn_date, form.customer_id, form.department_id, form.currency_id,
            form.exchange_rate,
        child.line_number, child.group_line_number, child.line_id, child.detail_type, child.amount, child.item_id,
            bundle.group_item_id, child.item_account_id,
        child.discount_account_id, coalesce(child.class_id, bundle.class_id, form.class_id), child.quantity, child.unit_price,
            child.tax_code_id, child.service_date, child.description
    FROM changed.credit_memo AS form
    INNER JOIN changed.credit_memo_line_group_line AS child ON child.realm_id = form.realm_id AND child.credit_memo_id = form.id
    LEFT JOIN changed.credit_memo_line AS bundle
        ON bundle.realm_id = child.realm_id AND bundle.credit_memo_id = child.credit_memo_id
            AND bundle.line_number = child.line_number
    WHERE NOT form.deleted AND child.detail_type IN ('SalesItemLineDetail', 'DiscountLineDetail')
    UNION ALL
    SELECT
        form.realm_id, 'RefundReceipt', form.id, -1, form.txn_date, form.customer_id, form.department_id, form.currency_id,
            form.exchange_rate,
        line.line_number, 0, line.line_id, line.detail_type, line.amount, line.item_id, NULL, line.item_account_id,
        line.discount_account_id, coalesce(line.class_id, form.class_id), line.quantity, line.unit_price, line.tax_code_id,
            line.service_date, line.description
    FROM changed.refund_receipt AS form
    INNER JOIN changed.refund_receipt_line AS line ON line.realm_id = form.realm_id AND line.refund_receipt_id = form.id
    WHERE NOT form.deleted AND line.detail_type IN ('SalesItemLineDetail', 'DiscountLineDetail')
    UNION ALL
    SELECT
        form.realm_id, 'RefundReceipt', form.id, -1, form.txn_date, form.customer_id, form.department_id, form.currency_id,
            form.exchange_rate,
        child.line_number, child.group_line_number, child.line_id, child.detail_type, child.amount, child.item_id,
            bundle.group_item_id, child.item_account_id,
        child.discount_account_id, coalesce(child.class_id, bundle.class_id, form.class_id), child.quantity, child.unit_price,
            child.tax_code_id, child.service_date, child.description
    FROM changed.refund_receipt AS form
    INNER JOIN changed.refund_receipt_line_group_line AS child ON child.realm_id = form.realm_id
        AND child.refund_receipt_id = form.id
    LEFT JOIN changed.refund_receipt_line AS bundle
        ON bundle.realm_id = child.realm_id AND bundle.refund_receipt_id = child.refund_receipt_id
            AND bundle.line_number = child.line_number
    WHERE NOT form.deleted AND child.detail_type IN ('SalesItemLineDetail', 'DiscountLineDetail')
),
taxed_forms AS (
    SELECT realm_id, 'Invoice' AS transaction_type, id, 1 AS direction, txn_date, customer_id, department_id, currency_id,
        exchange_rate, class_id
    FROM changed.invoice
    WHERE NOT deleted
    UNION ALL
    SELECT realm_id, 'SalesReceipt', id, 1, txn_date, customer_id, department_id, currency_id, exchange_rate, class_id
    FROM changed.sales_receipt
    WHERE NOT deleted
    UNION ALL
    SELECT realm_id, 'CreditMemo', id, -1, txn_date, customer_id, department_id, currency_id, exchange_rate, class_id
    FROM changed.credit_memo
    WHERE NOT deleted
    UNION ALL
    SELECT realm_id, 'RefundReceipt', id, -1, txn_date, customer_id, department_id, currency_id, exchange_rate, class_id
    FROM changed.refund_receipt
    WHERE NOT deleted
),
placed AS (
    SELECT
        lines.realm_id, lines.transaction_type, lines.transaction_id,
        CASE
            WHEN lines.detail_type = 'DiscountLineDetail' THEN 'discount'
            WHEN lines.item_id = 'SHIPPING_ITEM_ID' THEN 'shipping'
            WHEN lines.item_id = 'GRATUITY_ITEM_ID' THEN 'tip'
            WHEN lines.child_number > 0 THEN 'bundle_item'
            ELSE 'item'
        END AS line_type,
        lines.line_number, lines.child_number, lines.line_id, lines.txn_date AS transaction_date, lines.service_date,
            lines.customer_id,
        CASE WHEN lines.item_id NOT IN ('SHIPPING_ITEM_ID', 'GRATUITY_ITEM_ID') THEN lines.item_id END AS item_id,
        lines.bundle_item_id,
        CASE
            WHEN lines.detail_type = 'DiscountLineDetail' THEN coalesce(lines.discount_account_id, company_account.discount_id)
            WHEN lines.item_id = 'SHIPPING_ITEM_ID' THEN coalesce(lines.item_account_id, shipping_account.account_id)
            WHEN lines.item_id = 'GRATUITY_ITEM_ID' THEN coalesce(lines.item_account_id, company_account.tips_id)
            ELSE coalesce(lines.item_account_id, item.income_account_id, company_account.sales_id)
        END AS account_id,
        lines.class_id, lines.department_id, lines.tax_code_id, NULL::VARCHAR AS tax_rate_id,
            lines.quantity * lines.direction AS quantity, lines.unit_price,
        coalesce(lines.currency_id, company_account.home_currency_id) AS currency_id, coalesce(lines.exchange_rate,
            1) AS exchange_rate,
        CASE lines.detail_type WHEN 'DiscountLineDetail'
            THEN -lines.amount ELSE lines.amount END * lines.direction AS foreign_amount, lines.description
    FROM lines
    LEFT JOIN quickbooks.item ON item.realm_id = lines.realm_id AND item.id = lines.item_id
    LEFT JOIN posting.company_account ON company_account.realm_id = lines.realm_id
    LEFT JOIN posting.shipping_account ON shipping_account.realm_id = lines.realm_id
    UNION ALL
    SELECT
        form.realm_id, form.transaction_type, form.id, 'tax', tax_line.tax_line_number, 0, NULL, form.txn_date, NULL,
            form.customer_id, NULL, NULL,
        tax_line.account_id, form.class_id, form.department_id, NULL, tax_line.tax_rate_id, NULL, NULL,
        coalesce(form.currency_id, company_account.home_currency_id), coalesce(form.exchange_rate, 1),
            tax_line.amount * form.direction, NULL
    FROM posting.tax_line
    INNER JOIN taxed_forms AS form
        ON form.realm_id = tax_line.realm_id AND form.transaction_type = tax_line.transaction_type
            AND form.id = tax_line.transaction_id
    LEFT JOIN posting.company_account ON company_account.realm_id = form.realm_id
),
-- The cents of rounding that a form has in home currency are on one of its legs; a line shows what its leg posts.
foreign_leg AS (
    SELECT realm_id, transaction_type, transaction_id, leg_number, credit - debit AS amount
    FROM changed.leg
    WHERE basis = 'Accrual' AND posting_source = 'entity' AND exchange_rate <> 1
),
converted AS (
    SELECT
        placed.* REPLACE (coalesce(merged_account.surviving_id, placed.account_id) AS account_id),
        CASE placed.exchange_rate
            WHEN 1 THEN placed.foreign_amount
            ELSE coalesce(foreign_leg.amount, round(placed.foreign_amount * placed.exchange_rate, 2))
        END::DECIMAL(18, 2) AS home_amount
    FROM placed
    LEFT JOIN foreign_leg
        ON placed.exchange_rate <> 1
        AND foreign_leg.realm_id = placed.realm_id
        AND foreign_leg.transaction_type = placed.transaction_type
        AND foreign_leg.transaction_id = placed.transaction_id
        AND foreign_leg.leg_number = CASE placed.line_type
            WHEN 'tax' THEN 100000000 + placed.line_number
            ELSE 1000 * placed.line_number + placed.child_number
        END
    LEFT JOIN posting.merged_account
        ON merged_account.realm_id = placed.realm_id AND merged_account.account_id = placed.account_id
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
    home_amount AS amount,
    CASE WHEN line_type IN ('item', 'bundle_item', 'shipping') THEN home_amount ELSE 0 END::DECIMAL(18, 2) AS gross_amount,
    CASE WHEN line_type = 'discount' THEN home_amount ELSE 0 END::DECIMAL(18, 2) AS discount_amount,
    CASE WHEN line_type NOT IN ('tip', 'tax') THEN home_amount ELSE 0 END::DECIMAL(18, 2) AS net_amount,
    CASE WHEN line_type = 'tax' THEN home_amount ELSE 0 END::DECIMAL(18, 2) AS tax_amount,
    description
FROM converted
