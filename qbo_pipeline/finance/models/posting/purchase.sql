-- Purchases: checks, cash and card expenses leave the bank or card account; expenses, stock and tax against them.
-- A card credit is the same the other way round.
-- Grain: a leg of a purchase.
-- Key: realm_id, transaction_id, leg_number
-- Built: inline
-- Source: purchases, their lines and tax lines; the item's accounts where a line names none: of stock the asset account, else the expense account.
-- Columns:
--   realm_id: The company.
--   transaction_type: QuickBooks' name of the entity.
--   transaction_id: Id of the transaction.
--   transaction_date: The date of the transaction.
--   doc_number: Its number as printed.
--   currency_id: Currency of the transaction; NULL where the company has only one.
--   exchange_rate: Home currency for one unit of the transaction's; NULL means 1.
--   leg_number: Unique in the transaction.
--   leg_role: What the leg is to the document.
--   line_id: QuickBooks' id of the line.
--   line_number: Position of the line, from 1.
--   account_id: The account it posts to.
--   debit: Transaction currency; a negative debit is a credit.
--   credit: Transaction currency; a negative credit is a debit.
--   home_amount: Home currency, debit positive, where it is not the amount at the exchange rate; else NULL.
--   customer_id: The customer or job.
--   vendor_id: The vendor.
--   employee_id: The employee.
--   item_id: The product or service.
--   class_id: The class.
--   department_id: The location.
--   quantity: How many, as the document counts them; returned ones negative.
--   memo: What the line says.
WITH document AS (
    SELECT
        purchase.realm_id,
        purchase.id,
        purchase.txn_date,
        purchase.doc_number,
        purchase.currency_id,
        purchase.exchange_rate,
        purchase.department_id,
        purchase.private_note,
        purchase.total_amt,
        purchase.total_tax,
        company_account.tax_payable_id,
        purchase.account_id,
        purchase.entity_type,
        purchase.entity_id,
        coalesce(purchase.credit, false) AS is_credit
    FROM changed.purchase
    LEFT JOIN posting.company_account ON company_account.realm_id = purchase.realm_id
    WHERE NOT purchase.deleted
),
-- A bundle posts by its children: its own line carries their sum once more.
form_line AS (
    SELECT
        realm_id, purchase_id, line_number, 0::BIGINT AS child_number, line_id, detail_type, amount, account_id, item_id, item_account_id, class_id,
        customer_id, quantity, description
    FROM changed.purchase_line
    UNION ALL
    SELECT
        realm_id, purchase_id, line_number, group_line_number, line_id, detail_type, amount, account_id, item_id, item_account_id, class_id,
        customer_id, quantity, description
    FROM changed.purchase_line_group_line
),
line AS (
    SELECT
        form_line.realm_id,
        form_line.purchase_id,
        1000 * form_line.line_number + form_line.child_number AS leg_number,
        CASE WHEN form_line.child_number > 0 THEN 'bundle_line' ELSE 'line' END AS leg_role,
        form_line.line_id,
        form_line.line_number,
        coalesce(
            form_line.account_id, form_line.item_account_id, item_account.purchase_account_id, company_account.expense_id
        ) AS account_id,
        form_line.amount,
        form_line.customer_id,
        form_line.item_id,
        form_line.class_id,
        form_line.quantity,
        form_line.description
    FROM form_line
    LEFT JOIN posting.item_account ON item_account.realm_id = form_line.realm_id AND item_account.item_id = form_line.item_id
    LEFT JOIN posting.company_account ON company_account.realm_id = form_line.realm_id
    WHERE form_line.detail_type IN ('AccountBasedExpenseLineDetail', 'ItemBasedExpenseLineDetail') AND form_line.amount <> 0
),
tax AS (
    SELECT
        tax_line.realm_id,
        tax_line.purchase_id,
        tax_line.tax_line_number,
        coalesce(tax_rate_account.account_id, company_account.tax_payable_id) AS account_id,
        tax_line.amount
    FROM changed.purchase_tax_line AS tax_line
    LEFT JOIN posting.tax_rate_account
        ON tax_rate_account.realm_id = tax_line.realm_id AND tax_rate_account.tax_rate_id = tax_line.tax_rate_id
        AND tax_rate_account.side = 'purchases'
    LEFT JOIN posting.company_account ON company_account.realm_id = tax_line.realm_id
    UNION ALL
    SELECT document.realm_id, document.id, 0 AS tax_line_number, document.tax_payable_id, document.total_tax
    FROM document
    ANTI JOIN changed.purchase_tax_line AS tax_line ON tax_line.realm_id = document.realm_id AND tax_line.purchase_id = document.id
    WHERE document.total_tax <> 0
),
leg AS (
    SELECT
        realm_id, id AS transaction_id, 1::BIGINT AS leg_number, 'total' AS leg_role, NULL::VARCHAR AS line_id, NULL::BIGINT AS line_number,
        account_id AS account_id, 0::DECIMAL(18, 4) AS debit, total_amt AS credit,
        NULL::VARCHAR AS customer_id, NULL::VARCHAR AS item_id, NULL::VARCHAR AS class_id, NULL::DECIMAL(28, 10) AS quantity, NULL::VARCHAR AS memo
    FROM document
    UNION ALL
    SELECT
        realm_id, purchase_id, leg_number, leg_role, line_id, line_number, account_id, amount AS debit, 0 AS credit,
        customer_id, item_id, class_id, quantity, description
    FROM line
    UNION ALL
    SELECT
        realm_id, purchase_id, 100000000 + tax_line_number, 'tax' AS leg_role, NULL AS line_id, NULL AS line_number, account_id,
        amount AS debit, 0 AS credit, NULL AS customer_id, NULL AS item_id, NULL AS class_id, NULL AS quantity, NULL AS memo
    FROM tax
)
SELECT
    document.realm_id,
    'Purchase' AS transaction_type,
    document.id AS transaction_id,
    document.txn_date AS transaction_date,
    document.doc_number,
    document.currency_id,
    document.exchange_rate,
    leg.leg_number::INTEGER AS leg_number,
    leg.leg_role,
    leg.line_id::VARCHAR AS line_id,
    leg.line_number::BIGINT AS line_number,
    leg.account_id,
    (CASE WHEN document.is_credit THEN leg.credit ELSE leg.debit END)::DECIMAL(18, 4) AS debit,
    (CASE WHEN document.is_credit THEN leg.debit ELSE leg.credit END)::DECIMAL(18, 4) AS credit,
    NULL::DECIMAL(18, 2) AS home_amount,
    coalesce(leg.customer_id, CASE WHEN document.entity_type = 'Customer' THEN document.entity_id END) AS customer_id,
    CASE WHEN document.entity_type = 'Vendor' THEN document.entity_id END AS vendor_id,
    CASE WHEN document.entity_type = 'Employee' THEN document.entity_id END AS employee_id,
    leg.item_id::VARCHAR AS item_id,
    leg.class_id::VARCHAR AS class_id,
    document.department_id,
    (CASE WHEN document.is_credit THEN -leg.quantity ELSE leg.quantity END)::DECIMAL(28, 10) AS quantity,
    coalesce(leg.memo, document.private_note) AS memo
FROM leg
INNER JOIN document ON document.realm_id = leg.realm_id AND document.id = leg.transaction_id
