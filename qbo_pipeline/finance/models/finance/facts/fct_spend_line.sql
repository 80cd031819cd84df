-- What was bought: the lines of bills, purchases (checks, cash, cards) and vendor credits, the items of bundles one by one, tax as lines of
-- their own. What comes back from a vendor is negative, so that sums are spend.
-- Grain: a line of a purchase form.
-- Key: realm_id, transaction_type, transaction_id, line_type, line_number, child_number
-- Built: documents
-- Source: lines of Bill, Purchase and VendorCredit, and their TxnTaxDetail; the cents and accounts of their legs.
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
--   vendor_id: The vendor.
--   vendor_key: Key of the vendor for BI tools: the company's id, a bar, the id; -1 where there is none.
--   employee_id: The employee.
--   customer_id: The customer or job.
--   customer_key: Key of the customer for BI tools: the company's id, a bar, the id; -1 where there is none.
--   item_id: The item.
--   item_key: Key of the item for BI tools: the company's id, a bar, the id; -1 where there is none.
--   account_id: The account.
--   account_key: Key of the account for BI tools: the company's id, a bar, the id; -1 where there is none.
--   class_id: The class.
--   class_key: Key of the class for BI tools: the company's id, a bar, the id; -1 where there is none.
--   department_id: The department (location).
--   department_key: Key of the department for BI tools: the company's id, a bar, the id; -1 where there is
--       none.
--   tax_code_id: Tax code.
--   tax_rate_id: Tax rate.
--   billable_status: 'Billable', 'HasBeenBilled' or 'NotBillable'.
--   quantity: Quantity.
--   unit_price: Price of a unit, transaction currency.
--   currency_id: Currency code.
--   exchange_rate: Home currency for a unit of the transaction currency.
--   foreign_amount: Amount, transaction currency.
--   amount: Amount, home currency.
--   net_amount: Without tax, home currency.
--   tax_amount: Tax, home currency.
--   description: Description.
WITH forms AS (
    SELECT realm_id, 'Bill' AS transaction_type, id AS transaction_id, 1 AS direction, txn_date, vendor_id, NULL::VARCHAR AS employee_id,
        department_id, currency_id, exchange_rate
    FROM changed.bill WHERE NOT deleted
    UNION ALL
    SELECT realm_id, 'Purchase', id, CASE WHEN credit THEN -1 ELSE 1 END, txn_date,
        CASE entity_type WHEN 'Vendor' THEN entity_id END,
        CASE entity_type WHEN 'Employee' THEN entity_id END, department_id, currency_id, exchange_rate
    FROM changed.purchase WHERE NOT deleted
    UNION ALL
    SELECT realm_id, 'VendorCredit', id, -1, txn_date, vendor_id, NULL, department_id, currency_id,
        exchange_rate FROM changed.vendor_credit WHERE NOT deleted
),
lines AS (
    SELECT realm_id, 'Bill' AS transaction_type, bill_id AS transaction_id, line_number, 0::BIGINT AS child_number, line_id,
        detail_type, amount, account_id, item_id,
        item_account_id, class_id, customer_id, quantity, unit_price, tax_code_id, billable_status, description
    FROM changed.bill_line
    UNION ALL
    SELECT realm_id, 'Bill', bill_id, line_number, group_line_number, line_id, detail_type, amount, account_id, item_id,
        item_account_id, class_id, customer_id, quantity, unit_price, tax_code_id, billable_status, description
    FROM changed.bill_line_group_line
    UNION ALL
    SELECT realm_id, 'Purchase', purchase_id, line_number, 0, line_id, detail_type, amount, account_id, item_id,
        item_account_id, class_id, customer_id, quantity, unit_price, tax_code_id, billable_status, description
    FROM changed.purchase_line
    UNION ALL
    SELECT realm_id, 'Purchase', purchase_id, line_number, group_line_number, line_id, detail_type, amount, account_id, item_id,
        item_account_id, class_id, customer_id, quantity, unit_price, tax_code_id, billable_status, description
    FROM changed.purchase_line_group_line
    UNION ALL
    SELECT realm_id, 'VendorCredit', vendor_credit_id, line_number, 0, line_id, detail_type, amount, account_id, item_id,
        item_account_id, class_id, customer_id, quantity, unit_price, tax_code_id, billable_status, description
    FROM changed.vendor_credit_line
    UNION ALL
    SELECT realm_id, 'VendorCredit', vendor_credit_id, line_number, group_line_number, line_id, detail_type, amount, account_id,
        item_id,
        item_account_id, class_id, customer_id, quantity, unit_price, tax_code_id, billable_status, description
    FROM changed.vendor_credit_line_group_line
),
typed AS (
    SELECT
        realm_id, transaction_type, transaction_id, line_number, child_number, line_id,
        CASE WHEN detail_type = 'AccountBasedExpenseLineDetail' THEN 'account' WHEN child_number > 0
            THEN 'bundle_item' ELSE 'item' END AS line_type,
        amount, account_id, item_id, item_account_id, class_id, customer_id, quantity, unit_price, tax_code_id,
            NULL::VARCHAR AS tax_rate_id, billable_status, description
    FROM lines
    WHERE detail_type IN ('AccountBasedExpenseLineDetail', 'ItemBasedExpenseLineDetail')
    UNION ALL
    SELECT realm_id, transaction_type, transaction_id, tax_line_number, 0, NULL, 'tax', amount, account_id, NULL, NULL, NULL,
        NULL, NULL, NULL, NULL, tax_rate_id, NULL, NULL
    FROM posting.tax_line
    WHERE transaction_type IN ('Bill', 'Purchase', 'VendorCredit')
),
placed AS (
    SELECT
        forms.realm_id, forms.transaction_type, forms.transaction_id, typed.line_type, typed.line_number, typed.child_number,
            typed.line_id, forms.txn_date AS transaction_date,
        forms.vendor_id, forms.employee_id, typed.customer_id, typed.item_id,
        coalesce(
            typed.account_id, typed.item_account_id, CASE item.type WHEN 'Inventory' THEN item.asset_account_id END,
                item.expense_account_id, item.income_account_id, CASE WHEN typed.line_type <> 'tax' THEN company_account.expense_id END
        ) AS account_id,
        typed.class_id, forms.department_id, typed.tax_code_id, typed.tax_rate_id, typed.billable_status,
        typed.quantity * forms.direction AS quantity, typed.unit_price, coalesce(forms.currency_id,
            company_account.home_currency_id) AS currency_id,
        coalesce(forms.exchange_rate, 1) AS exchange_rate, typed.amount * forms.direction AS foreign_amount, typed.description
    FROM typed
    INNER JOIN forms
        ON forms.realm_id = typed.realm_id AND forms.transaction_type = typed.transaction_type
            AND forms.transaction_id = typed.transaction_id
    LEFT JOIN quickbooks.item ON item.realm_id = typed.realm_id AND item.id = typed.item_id
    LEFT JOIN posting.company_account ON company_account.realm_id = typed.realm_id
),
-- The cents of rounding that a form has in home currency are on one of its legs; a line shows what its leg posts.
foreign_leg AS (
    SELECT realm_id, transaction_type, transaction_id, leg_number, debit - credit AS amount
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
    vendor_id,
    realm_id || '|' || coalesce(vendor_id, '-1') AS vendor_key,
    employee_id,
    customer_id,
    realm_id || '|' || coalesce(customer_id, '-1') AS customer_key,
    item_id,
    realm_id || '|' || coalesce(item_id, '-1') AS item_key,
    account_id,
    realm_id || '|' || coalesce(account_id, '-1') AS account_key,
    class_id,
    realm_id || '|' || coalesce(class_id, '-1') AS class_key,
    department_id,
    realm_id || '|' || coalesce(department_id, '-1') AS department_key,
    tax_code_id,
    tax_rate_id,
    billable_status,
    quantity::DECIMAL(28, 10) AS quantity,
    unit_price,
    currency_id,
    exchange_rate::DECIMAL(28, 10) AS exchange_rate,
    foreign_amount::DECIMAL(18, 2) AS foreign_amount,
    home_amount AS amount,
    CASE WHEN line_type <> 'tax' THEN home_amount ELSE 0 END::DECIMAL(18, 2) AS net_amount,
    CASE WHEN line_type = 'tax' THEN home_amount ELSE 0 END::DECIMAL(18, 2) AS tax_amount,
    description
FROM converted
