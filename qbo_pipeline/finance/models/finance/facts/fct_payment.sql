-- Payments of customers and to vendors: total, what of it was applied and what was not.
-- Grain: a payment or bill payment.
-- Key: realm_id, transaction_type, transaction_id
-- Built: view
-- Source: Payment, BillPayment; fct_receivable_item, fct_payable_item, posting.company_account, posting.merged_account.
-- Columns:
--   realm_id: The company.
--   transaction_type: QuickBooks' entity type: Invoice, Bill, JournalEntry …
--   transaction_id: QuickBooks' id, unique within the type.
--   transaction_key: Key of the transaction: the company's id, the type, the id, with bars between.
--   transaction_date: Date of the transaction.
--   month: First day of the month.
--   customer_id: The customer or job.
--   customer_key: Key of the customer for BI tools: the company's id, a bar, the id; -1 where there is none.
--   vendor_id: The vendor.
--   vendor_key: Key of the vendor for BI tools: the company's id, a bar, the id; -1 where there is none.
--   payment_method_id: Payment method.
--   payment_method_key: Key of the payment method for BI tools: the company's id, a bar, the id; -1 where there
--       is none.
--   account_id: The account the money went to, undeposited funds where none is named, or came from.
--   account_key: Key of the account for BI tools: the company's id, a bar, the id; -1 where there is none.
--   currency_id: Currency code.
--   exchange_rate: Home currency for a unit of the transaction currency.
--   foreign_amount: Amount, transaction currency.
--   foreign_unapplied_amount: What was applied to nothing, transaction currency.
--   amount: Amount, home currency.
--   unapplied_amount: What was applied to nothing, home currency.
WITH paid AS (
    SELECT payment.realm_id, 'Payment' AS transaction_type, payment.id AS transaction_id, payment.txn_date, payment.customer_id,
        NULL AS vendor_id, payment.payment_method_id,
        coalesce(payment.deposit_to_account_id, company_account.undeposited_funds_id) AS account_id, payment.currency_id, payment.exchange_rate, payment.total_amt,
            -item.foreign_amount AS unapplied
    FROM quickbooks.payment
    LEFT JOIN finance.fct_receivable_item AS item
        ON item.realm_id = payment.realm_id AND item.transaction_type = 'Payment' AND item.transaction_id = payment.id
    LEFT JOIN posting.company_account ON company_account.realm_id = payment.realm_id
    WHERE NOT payment.deleted
    UNION ALL
    SELECT payment.realm_id, 'BillPayment', payment.id, payment.txn_date, NULL, payment.vendor_id, NULL,
        coalesce(payment.check_bank_account_id, payment.credit_card_account_id), payment.currency_id, payment.exchange_rate,
            payment.total_amt, -item.foreign_amount
    FROM quickbooks.bill_payment AS payment
    LEFT JOIN finance.fct_payable_item AS item
        ON item.realm_id = payment.realm_id AND item.transaction_type = 'BillPayment' AND item.transaction_id = payment.id
    WHERE NOT payment.deleted
)
SELECT
    paid.realm_id,
    transaction_type,
    transaction_id,
    paid.realm_id || '|' || transaction_type || '|' || transaction_id AS transaction_key,
    txn_date AS transaction_date,
    date_trunc('month', txn_date)::DATE AS month,
    customer_id,
    paid.realm_id || '|' || coalesce(customer_id, '-1') AS customer_key,
    vendor_id,
    paid.realm_id || '|' || coalesce(vendor_id, '-1') AS vendor_key,
    payment_method_id,
    paid.realm_id || '|' || coalesce(payment_method_id, '-1') AS payment_method_key,
    coalesce(merged_account.surviving_id, paid.account_id) AS account_id,
    paid.realm_id || '|' || coalesce(merged_account.surviving_id, paid.account_id, '-1') AS account_key,
    currency_id,
    coalesce(exchange_rate, 1)::DECIMAL(28, 10) AS exchange_rate,
    total_amt::DECIMAL(18, 2) AS foreign_amount,
    coalesce(unapplied, 0)::DECIMAL(18, 2) AS foreign_unapplied_amount,
    round(total_amt * coalesce(exchange_rate, 1), 2)::DECIMAL(18, 2) AS amount,
    round(coalesce(unapplied, 0) * coalesce(exchange_rate, 1), 2)::DECIMAL(18, 2) AS unapplied_amount
FROM paid
LEFT JOIN posting.merged_account
    ON merged_account.realm_id = paid.realm_id AND merged_account.account_id = paid.account_id
