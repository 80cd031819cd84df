-- What bill payments were applied to: a bill is paid, a vendor credit used up (negative). Applied on the day of the payment, or of what it
-- pays where that is later. Home amounts are at the rate of what is paid; the difference to the payment's rate is the exchange gain.
-- Grain: a bill payment line and what it is applied to.
-- Key: realm_id, transaction_type, transaction_id, line_number, link_number
-- Built: documents
-- Source: BillPayment; Bill, VendorCredit and JournalEntry for dates and rates.
-- Columns:
--   realm_id: The company.
--   transaction_type: QuickBooks' entity type: Invoice, Bill, JournalEntry …
--   transaction_id: QuickBooks' id, unique within the type.
--   transaction_key: Key of the transaction: the company's id, the type, the id, with bars between.
--   line_number: Number of the line, from 1.
--   link_number: Number of the link in the line.
--   vendor_id: The vendor.
--   vendor_key: Key of the vendor for BI tools: the company's id, a bar, the id; -1 where there is none.
--   applied_to_type: Type of what it is applied to.
--   applied_to_id: Id of what it is applied to.
--   applied_to_transaction_key: Key of what it is applied to.
--   applied_to_vendor_id: Vendor of what it is applied to.
--   payment_date: Day of the payment.
--   document_date: Day of what is paid.
--   due_date: Day it is due; the day it was made where it has none.
--   application_date: Day from which it counts as paid.
--   currency_id: Currency code.
--   payment_rate: The payment's rate.
--   document_rate: The rate of what is paid.
--   foreign_amount: Amount, transaction currency.
--   amount: Amount, home currency.
--   exchange_gain: Realized gain (loss negative), home currency.
--   days_to_pay: Days from the document to its payment, NULL for credits.
--   days_late: Days from the due date to the payment, negative if early, NULL for credits.
WITH linked AS (
    SELECT
        payment.realm_id, payment.id AS transaction_id, line.line_number, link.linked_txn_number AS link_number,
            payment.vendor_id, payment.txn_date,
        payment.currency_id, coalesce(payment.exchange_rate, 1) AS payment_rate, line.amount,
        CASE
            WHEN link.txn_type IN ('Check', 'Expense', 'CreditCardExpense', 'CreditCardCredit') THEN 'Purchase'
            ELSE link.txn_type
        END AS applied_to_type,
        link.txn_id AS applied_to_id
    FROM changed.bill_payment AS payment
    INNER JOIN changed.bill_payment_line AS line ON line.realm_id = payment.realm_id AND line.bill_payment_id = payment.id
    INNER JOIN changed.bill_payment_line_linked_txn AS link
        ON link.realm_id = line.realm_id AND link.bill_payment_id = line.bill_payment_id AND link.line_number = line.line_number
    WHERE NOT payment.deleted
),
wanted AS (SELECT DISTINCT realm_id, vendor_id, applied_to_type, applied_to_id FROM linked),
journal_sides AS (
    SELECT line.realm_id, line.journal_entry_id, CASE line.entity_type WHEN 'Vendor' THEN line.entity_id END AS vendor_id,
        sum(CASE line.posting_type WHEN 'Credit' THEN line.amount ELSE -line.amount END) AS payable
    FROM quickbooks.journal_entry_line AS line
    SEMI JOIN wanted
        ON wanted.realm_id = line.realm_id AND wanted.applied_to_id = line.journal_entry_id
            AND wanted.applied_to_type = 'JournalEntry'
    INNER JOIN quickbooks.account ON account.realm_id = line.realm_id AND account.id = line.account_id
        AND account.account_type = 'Accounts Payable'
    GROUP BY ALL
),
-- An entry may debit one vendor and credit another, to carry a bill over: a payment takes what is its own vendor's.
journal_taken AS (
    SELECT wanted.realm_id, wanted.applied_to_id AS journal_entry_id, wanted.vendor_id AS payer_id,
        arg_max(
            {'vendor_id': journal_sides.vendor_id, 'payable': journal_sides.payable},
            (
                journal_sides.vendor_id IS NOT DISTINCT FROM wanted.vendor_id, abs(journal_sides.payable),
                coalesce(journal_sides.vendor_id, '')
            )
        ) AS side
    FROM wanted
    INNER JOIN journal_sides
        ON journal_sides.realm_id = wanted.realm_id AND journal_sides.journal_entry_id = wanted.applied_to_id
            AND wanted.applied_to_type = 'JournalEntry'
    GROUP BY wanted.realm_id, wanted.applied_to_id, wanted.vendor_id
),
settled AS (
    SELECT bill.realm_id, 'Bill' AS type, bill.id, bill.vendor_id, bill.txn_date, bill.due_date, bill.exchange_rate,
        1 AS direction, NULL::VARCHAR AS payer_id
    FROM quickbooks.bill
    SEMI JOIN wanted ON wanted.realm_id = bill.realm_id AND wanted.applied_to_id = bill.id AND wanted.applied_to_type = 'Bill'
    UNION ALL
    SELECT credit.realm_id, 'VendorCredit', credit.id, credit.vendor_id, credit.txn_date, NULL, credit.exchange_rate, -1, NULL
    FROM quickbooks.vendor_credit AS credit
    SEMI JOIN wanted ON wanted.realm_id = credit.realm_id AND wanted.applied_to_id = credit.id
        AND wanted.applied_to_type = 'VendorCredit'
    UNION ALL
    SELECT entry.realm_id, 'JournalEntry', entry.id, journal_taken.side.vendor_id, entry.txn_date, NULL, entry.exchange_rate,
        CASE WHEN journal_taken.side.payable < 0 THEN -1 ELSE 1 END, journal_taken.payer_id
    FROM quickbooks.journal_entry AS entry
    INNER JOIN journal_taken ON journal_taken.realm_id = entry.realm_id AND journal_taken.journal_entry_id = entry.id
    UNION ALL
    SELECT purchase.realm_id, 'Purchase', purchase.id, NULL, purchase.txn_date, NULL, purchase.exchange_rate,
        CASE WHEN purchase.credit THEN 1 ELSE -1 END, NULL
    FROM quickbooks.purchase
    SEMI JOIN wanted ON wanted.realm_id = purchase.realm_id AND wanted.applied_to_id = purchase.id
        AND wanted.applied_to_type = 'Purchase'
    UNION ALL
    SELECT deposit.realm_id, 'Deposit', deposit.id, NULL, deposit.txn_date, NULL, deposit.exchange_rate, 1, NULL
    FROM quickbooks.deposit
    SEMI JOIN wanted ON wanted.realm_id = deposit.realm_id AND wanted.applied_to_id = deposit.id
        AND wanted.applied_to_type = 'Deposit'
),
applied AS (
    SELECT
        linked.*, coalesce(settled.vendor_id, linked.vendor_id) AS applied_to_vendor_id, settled.txn_date AS document_date,
            settled.due_date,
        greatest(linked.txn_date, coalesce(settled.txn_date, linked.txn_date)) AS application_date,
        coalesce(settled.exchange_rate, CASE WHEN settled.id IS NULL THEN linked.payment_rate ELSE 1 END) AS document_rate,
        linked.amount * coalesce(settled.direction, 1) AS foreign_amount
    FROM linked
    LEFT JOIN settled
        ON settled.realm_id = linked.realm_id AND settled.type = linked.applied_to_type AND settled.id = linked.applied_to_id
            AND (settled.type <> 'JournalEntry' OR settled.payer_id IS NOT DISTINCT FROM linked.vendor_id)
)
SELECT
    realm_id,
    'BillPayment' AS transaction_type,
    transaction_id,
    realm_id || '|BillPayment|' || transaction_id AS transaction_key,
    line_number,
    link_number,
    vendor_id,
    realm_id || '|' || coalesce(vendor_id, '-1') AS vendor_key,
    applied_to_type,
    applied_to_id,
    realm_id || '|' || applied_to_type || '|' || applied_to_id AS applied_to_transaction_key,
    applied_to_vendor_id,
    txn_date AS payment_date,
    document_date,
    due_date,
    application_date,
    currency_id,
    payment_rate::DECIMAL(28, 10) AS payment_rate,
    document_rate::DECIMAL(28, 10) AS document_rate,
    foreign_amount::DECIMAL(18, 2) AS foreign_amount,
    round(foreign_amount * document_rate, 2)::DECIMAL(18, 2) AS amount,
    (round(foreign_amount * document_rate, 2) - round(foreign_amount * payment_rate, 2))::DECIMAL(18, 2) AS exchange_gain,
    CASE applied_to_type WHEN 'Bill' THEN application_date - document_date END::INTEGER AS days_to_pay,
    CASE applied_to_type WHEN 'Bill' THEN application_date - due_date END::INTEGER AS days_late
FROM applied
