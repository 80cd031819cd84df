-- The legs that the transactions' own content shows, in both currencies; legs of nothing are left out.
-- In a foreign currency each leg is rounded by itself.
-- Grain: a leg.
-- Key: realm_id, transaction_type, transaction_id, leg_number
-- Built: inline
-- Source: the models of each transaction type.
-- Columns:
--   realm_id: The company.
--   transaction_type: QuickBooks' name of the entity.
--   transaction_id: Id of the transaction.
--   leg_number: Unique in the transaction.
--   leg_role: What the leg is to the document.
--   line_id: QuickBooks' id of the line.
--   line_number: Position of the line, from 1.
--   transaction_date: The date of the transaction.
--   account_id: The account.
--   amount: Home currency; debit positive.
--   currency_id: Currency of the transaction.
--   exchange_rate: Home currency for one unit of it.
--   foreign_amount: Transaction currency; debit positive.
--   customer_id: The customer or job.
--   vendor_id: The vendor.
--   employee_id: The employee.
--   item_id: The product or service.
--   class_id: The class.
--   department_id: The location.
--   quantity: How many.
--   memo: What the line says.
--   doc_number: Number as printed.
WITH leg AS (
    SELECT
        realm_id, transaction_type, transaction_id, transaction_date, doc_number, currency_id, exchange_rate, leg_number,
        leg_role, line_id, line_number, account_id, debit, credit, home_amount, customer_id,
        vendor_id, employee_id, item_id, class_id, department_id, quantity, memo
    FROM posting.invoice
    UNION ALL
    SELECT
        realm_id, transaction_type, transaction_id, transaction_date, doc_number, currency_id, exchange_rate, leg_number,
        leg_role, line_id, line_number, account_id, debit, credit, home_amount, customer_id,
        vendor_id, employee_id, item_id, class_id, department_id, quantity, memo
    FROM posting.sales_receipt
    UNION ALL
    SELECT
        realm_id, transaction_type, transaction_id, transaction_date, doc_number, currency_id, exchange_rate, leg_number,
        leg_role, line_id, line_number, account_id, debit, credit, home_amount, customer_id,
        vendor_id, employee_id, item_id, class_id, department_id, quantity, memo
    FROM posting.credit_memo
    UNION ALL
    SELECT
        realm_id, transaction_type, transaction_id, transaction_date, doc_number, currency_id, exchange_rate, leg_number,
        leg_role, line_id, line_number, account_id, debit, credit, home_amount, customer_id,
        vendor_id, employee_id, item_id, class_id, department_id, quantity, memo
    FROM posting.refund_receipt
    UNION ALL
    SELECT
        realm_id, transaction_type, transaction_id, transaction_date, doc_number, currency_id, exchange_rate, leg_number,
        leg_role, line_id, line_number, account_id, debit, credit, home_amount, customer_id,
        vendor_id, employee_id, item_id, class_id, department_id, quantity, memo
    FROM posting.payment
    UNION ALL
    SELECT
        realm_id, transaction_type, transaction_id, transaction_date, doc_number, currency_id, exchange_rate, leg_number,
        leg_role, line_id, line_number, account_id, debit, credit, home_amount, customer_id,
        vendor_id, employee_id, item_id, class_id, department_id, quantity, memo
    FROM posting.bill
    UNION ALL
    SELECT
        realm_id, transaction_type, transaction_id, transaction_date, doc_number, currency_id, exchange_rate, leg_number,
        leg_role, line_id, line_number, account_id, debit, credit, home_amount, customer_id,
        vendor_id, employee_id, item_id, class_id, department_id, quantity, memo
    FROM posting.vendor_credit
    UNION ALL
    SELECT
        realm_id, transaction_type, transaction_id, transaction_date, doc_number, currency_id, exchange_rate, leg_number,
        leg_role, line_id, line_number, account_id, debit, credit, home_amount, customer_id,
        vendor_id, employee_id, item_id, class_id, department_id, quantity, memo
    FROM posting.bill_payment
    UNION ALL
    SELECT
        realm_id, transaction_type, transaction_id, transaction_date, doc_number, currency_id, exchange_rate, leg_number,
        leg_role, line_id, line_number, account_id, debit, credit, home_amount, customer_id,
        vendor_id, employee_id, item_id, class_id, department_id, quantity, memo
    FROM posting.purchase
    UNION ALL
    SELECT
        realm_id, transaction_type, transaction_id, transaction_date, doc_number, currency_id, exchange_rate, leg_number,
        leg_role, line_id, line_number, account_id, debit, credit, home_amount, customer_id,
        vendor_id, employee_id, item_id, class_id, department_id, quantity, memo
    FROM posting.credit_card_payment
    UNION ALL
    SELECT
        realm_id, transaction_type, transaction_id, transaction_date, doc_number, currency_id, exchange_rate, leg_number,
        leg_role, line_id, line_number, account_id, debit, credit, home_amount, customer_id,
        vendor_id, employee_id, item_id, class_id, department_id, quantity, memo
    FROM posting.deposit
    UNION ALL
    SELECT
        realm_id, transaction_type, transaction_id, transaction_date, doc_number, currency_id, exchange_rate, leg_number,
        leg_role, line_id, line_number, account_id, debit, credit, home_amount, customer_id,
        vendor_id, employee_id, item_id, class_id, department_id, quantity, memo
    FROM posting.transfer
    UNION ALL
    SELECT
        realm_id, transaction_type, transaction_id, transaction_date, doc_number, currency_id, exchange_rate, leg_number,
        leg_role, line_id, line_number, account_id, debit, credit, home_amount, customer_id,
        vendor_id, employee_id, item_id, class_id, department_id, quantity, memo
    FROM posting.journal_entry
    UNION ALL
    SELECT
        realm_id, transaction_type, transaction_id, transaction_date, doc_number, currency_id, exchange_rate, leg_number,
        leg_role, line_id, line_number, account_id, debit, credit, home_amount, customer_id,
        vendor_id, employee_id, item_id, class_id, department_id, quantity, memo
    FROM posting.inventory_adjustment
    UNION ALL
    SELECT
        realm_id, transaction_type, transaction_id, transaction_date, doc_number, currency_id, exchange_rate, leg_number,
        leg_role, line_id, line_number, account_id, debit, credit, home_amount, customer_id,
        vendor_id, employee_id, item_id, class_id, department_id, quantity, memo
    FROM posting.tax_payment
)
SELECT
    leg.realm_id,
    leg.transaction_type,
    leg.transaction_id,
    leg.leg_number,
    leg.leg_role,
    leg.line_id,
    leg.line_number,
    leg.transaction_date,
    coalesce(merged_account.surviving_id, leg.account_id) AS account_id,
    CASE
        WHEN leg.home_amount IS NOT NULL THEN leg.home_amount
        WHEN leg.exchange_rate IS NULL OR leg.exchange_rate = 1 THEN leg.debit - leg.credit
        ELSE round((leg.debit - leg.credit) * leg.exchange_rate, 2)
    END::DECIMAL(18, 2) AS amount,
    leg.currency_id,
    coalesce(leg.exchange_rate, 1)::DECIMAL(28, 10) AS exchange_rate,
    (leg.debit - leg.credit)::DECIMAL(18, 2) AS foreign_amount,
    leg.customer_id,
    leg.vendor_id,
    leg.employee_id,
    leg.item_id,
    leg.class_id,
    leg.department_id,
    leg.quantity,
    leg.memo,
    leg.doc_number
FROM leg
LEFT JOIN posting.merged_account ON merged_account.realm_id = leg.realm_id AND merged_account.account_id = leg.account_id
WHERE leg.debit <> leg.credit OR leg.home_amount <> 0
