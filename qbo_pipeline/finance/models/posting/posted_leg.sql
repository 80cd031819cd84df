-- Legs as QuickBooks' own reports list them, with the type of their transaction found, on the accounts that theirs were merged into since.
-- Grain: a leg of a report.
-- Key: realm_id, basis, month, transaction_title, transaction_id, leg_number
-- Built: inline anew
-- Source: reports.posted_leg; posting.transaction_title, posting.merged_account.
-- Columns:
--   realm_id: The company.
--   basis: Accrual or Cash.
--   month: The month the report was asked for.
--   transaction_type: QuickBooks' name of the entity, or what posting.transaction_type calls it.
--   transaction_title: The type as the report shows it.
--   transaction_id: Id of the transaction.
--   leg_number: Position among the legs of its transaction in the report.
--   transaction_date: The date the report gives it.
--   doc_number: Its number as printed.
--   memo: What the leg says.
--   account_id: The account.
--   debit: Home currency.
--   credit: Home currency.
--   currency_id: The transaction's currency.
--   foreign_debit: Transaction currency.
--   foreign_credit: Transaction currency.
--   customer_id: The customer.
--   vendor_id: The vendor.
--   employee_id: The employee.
--   item_id: The product or service.
--   class_id: The class.
--   department_id: The location.
--   quantity: How many.
SELECT
    posted_leg.realm_id,
    posted_leg.basis,
    posted_leg.month,
    coalesce(transaction_title.transaction_type, posted_leg.transaction_title) AS transaction_type,
    posted_leg.transaction_title,
    posted_leg.transaction_id,
    posted_leg.leg_number,
    posted_leg.transaction_date,
    posted_leg.doc_number,
    posted_leg.memo,
    coalesce(merged_account.surviving_id, posted_leg.account_id) AS account_id,
    posted_leg.debit,
    posted_leg.credit,
    posted_leg.currency_id,
    posted_leg.foreign_debit,
    posted_leg.foreign_credit,
    posted_leg.customer_id,
    posted_leg.vendor_id,
    posted_leg.employee_id,
    CASE WHEN posted_leg.item_id NOT IN ('SHIPPING_ITEM_ID', 'GRATUITY_ITEM_ID') THEN posted_leg.item_id END AS item_id,
    posted_leg.class_id,
    posted_leg.department_id,
    posted_leg.quantity
FROM changed.posted_leg
LEFT JOIN posting.transaction_title
    ON transaction_title.realm_id = posted_leg.realm_id AND transaction_title.title = posted_leg.transaction_title
LEFT JOIN posting.merged_account ON merged_account.realm_id = posted_leg.realm_id AND merged_account.account_id = posted_leg.account_id
