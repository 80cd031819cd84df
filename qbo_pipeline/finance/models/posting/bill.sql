-- Bills: what is owed to the vendor to A/P; expenses, stock and tax against it.
-- Grain: a leg of a bill.
-- Key: realm_id, transaction_id, leg_number
-- Built: inline
-- Source: bills, their lines and tax lines.
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
    SELECT bill.*, coalesce(bill.ap_account_id, reported.payable_account_id, payable_account.account_id) AS payable_id
    FROM changed.bill
    LEFT JOIN posting.company_account ON company_account.realm_id = bill.realm_id
    LEFT JOIN posting.payable_account
        ON payable_account.realm_id = bill.realm_id
        AND payable_account.currency_id = coalesce(bill.currency_id, company_account.home_currency_id)
    LEFT JOIN posting.document_control_account AS reported
        ON reported.realm_id = bill.realm_id AND reported.transaction_type = 'Bill' AND reported.transaction_id = bill.id
    WHERE NOT bill.deleted
),
leg AS (
    SELECT
        realm_id, id AS transaction_id, 1 AS leg_number, 'total' AS leg_role, NULL AS line_id, NULL AS line_number, payable_id AS account_id,
        0 AS debit, total_amt AS credit, NULL AS customer_id, NULL AS item_id, NULL AS class_id, NULL AS quantity, NULL AS memo
    FROM document
    UNION ALL
    SELECT
        realm_id, transaction_id, 1000 * line_number + child_number AS leg_number, leg_role, line_id, line_number, account_id,
        amount AS debit, 0 AS credit, customer_id, item_id, class_id, quantity, memo
    FROM posting.purchase_line
    WHERE transaction_type = 'Bill'
    UNION ALL
    SELECT
        realm_id, transaction_id, 100000000 + tax_line_number AS leg_number, 'tax' AS leg_role, NULL, NULL, account_id,
        amount AS debit, 0 AS credit, NULL, NULL, NULL, NULL, NULL
    FROM posting.tax_line
    WHERE transaction_type = 'Bill'
)
SELECT
    document.realm_id,
    'Bill' AS transaction_type,
    document.id AS transaction_id,
    document.txn_date AS transaction_date,
    document.doc_number,
    document.currency_id,
    document.exchange_rate,
    leg.leg_number,
    leg.leg_role,
    leg.line_id,
    leg.line_number,
    leg.account_id,
    leg.debit,
    leg.credit,
    NULL AS home_amount,
    leg.customer_id AS customer_id,
    document.vendor_id AS vendor_id,
    NULL AS employee_id,
    leg.item_id,
    leg.class_id,
    document.department_id,
    leg.quantity,
    coalesce(leg.memo, document.private_note) AS memo
FROM leg
INNER JOIN document ON document.realm_id = leg.realm_id AND document.id = leg.transaction_id
