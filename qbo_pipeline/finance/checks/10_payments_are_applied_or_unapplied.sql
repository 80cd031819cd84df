-- What a payment brought is applied to documents, less the credits it used, or is unapplied. A bill payment tells of no
-- unapplied rest: it never pays more than it is.
-- Invariant: 10
-- Severity: error
-- Blocking: yes
-- Tolerance: 0.00
-- On: finance.general_ledger
-- Cost: one pass over the lines of payments and bill payments.
-- Source: quickbooks.payment and quickbooks.bill_payment with their lines.
-- Remedy: load the payment again (qbo-pipeline sync); the lines in the warehouse are not those of its total.
-- Columns:
--   realm_id: The company.
--   transaction_type: Payment or BillPayment.
--   transaction_id: QuickBooks' id of it.
--   transaction_date: Its date.
--   total: Its amount.
--   applied: What it pays, less the credits used.
--   unapplied: As QuickBooks tells; of a bill payment, what its lines leave.
--   difference: Total less applied and unapplied.
WITH journal_effect AS (
    -- A journal entry is like an invoice where it debits receivables, and like a credit where it credits them. One that
    -- carries a balance over from one customer or vendor to another is both: each payment takes the side of its own.
    SELECT
        line.realm_id,
        line.journal_entry_id AS id,
        account.account_type,
        line.entity_id AS party_id,
        sum(CASE WHEN line.posting_type = 'Debit' THEN line.amount ELSE -line.amount END) AS debit
    FROM quickbooks.journal_entry_line AS line
    INNER JOIN quickbooks.account AS account
        ON account.realm_id = line.realm_id AND account.id = line.account_id
    WHERE account.account_type IN ('Accounts Receivable', 'Accounts Payable')
    GROUP BY line.realm_id, line.journal_entry_id, account.account_type, line.entity_id
),

payer AS (
    SELECT DISTINCT link.realm_id, link.txn_id AS id, 'Accounts Receivable' AS account_type, payment.customer_id AS party_id
    FROM quickbooks.payment_line_linked_txn AS link
    INNER JOIN quickbooks.payment AS payment ON payment.realm_id = link.realm_id AND payment.id = link.payment_id
    WHERE link.txn_type = 'JournalEntry'
    UNION
    SELECT DISTINCT link.realm_id, link.txn_id AS id, 'Accounts Payable' AS account_type, payment.vendor_id AS party_id
    FROM quickbooks.bill_payment_line_linked_txn AS link
    INNER JOIN quickbooks.bill_payment AS payment ON payment.realm_id = link.realm_id AND payment.id = link.bill_payment_id
    WHERE link.txn_type = 'JournalEntry'
),

journal_taken AS (
    SELECT
        payer.realm_id,
        payer.id,
        payer.account_type,
        payer.party_id,
        arg_max(
            effect.debit,
            (effect.party_id IS NOT DISTINCT FROM payer.party_id, abs(effect.debit), coalesce(effect.party_id, ''))
        ) AS debit
    FROM payer
    INNER JOIN journal_effect AS effect
        ON effect.realm_id = payer.realm_id AND effect.id = payer.id AND effect.account_type = payer.account_type
    GROUP BY payer.realm_id, payer.id, payer.account_type, payer.party_id
),

receipt AS (
    SELECT
        link.realm_id,
        link.payment_id AS id,
        sum(
            CASE
                WHEN link.txn_type IN ('CreditMemo', 'Deposit', 'Payment') OR purchase.credit THEN -line.amount
                WHEN link.txn_type = 'JournalEntry' AND journal.debit < 0 THEN -line.amount
                ELSE line.amount
            END
        ) AS applied
    FROM quickbooks.payment_line_linked_txn AS link
    INNER JOIN quickbooks.payment_line AS line
        ON line.realm_id = link.realm_id AND line.payment_id = link.payment_id AND line.line_number = link.line_number
    INNER JOIN quickbooks.payment AS payment ON payment.realm_id = link.realm_id AND payment.id = link.payment_id
    LEFT JOIN journal_taken AS journal
        ON journal.realm_id = link.realm_id
        AND journal.id = link.txn_id
        AND journal.account_type = 'Accounts Receivable'
        AND journal.party_id IS NOT DISTINCT FROM payment.customer_id
    -- A check to the customer on receivables is owed back, what came back on a card is a credit.
    LEFT JOIN quickbooks.purchase
        ON purchase.realm_id = link.realm_id AND purchase.id = link.txn_id
        AND link.txn_type IN ('Purchase', 'Check', 'Expense', 'CreditCardExpense', 'CreditCardCredit')
    GROUP BY link.realm_id, link.payment_id
),

disbursement AS (
    SELECT
        link.realm_id,
        link.bill_payment_id AS id,
        sum(
            CASE
                WHEN link.txn_type = 'VendorCredit' OR NOT coalesce(purchase.credit, purchase.id IS NULL) THEN -line.amount
                WHEN link.txn_type = 'JournalEntry' AND journal.debit > 0 THEN -line.amount
                ELSE line.amount
            END
        ) AS applied
    FROM quickbooks.bill_payment_line_linked_txn AS link
    INNER JOIN quickbooks.bill_payment_line AS line
        ON line.realm_id = link.realm_id
        AND line.bill_payment_id = link.bill_payment_id
        AND line.line_number = link.line_number
    INNER JOIN quickbooks.bill_payment AS payment ON payment.realm_id = link.realm_id AND payment.id = link.bill_payment_id
    LEFT JOIN journal_taken AS journal
        ON journal.realm_id = link.realm_id
        AND journal.id = link.txn_id
        AND journal.account_type = 'Accounts Payable'
        AND journal.party_id IS NOT DISTINCT FROM payment.vendor_id
    -- However it was paid, a purchase on payables was paid to the vendor in advance; with credit he gave it back.
    LEFT JOIN quickbooks.purchase
        ON purchase.realm_id = link.realm_id AND purchase.id = link.txn_id
        AND link.txn_type IN ('Purchase', 'Check', 'Expense', 'CreditCardExpense', 'CreditCardCredit')
    GROUP BY link.realm_id, link.bill_payment_id
),

settled AS (
    SELECT
        payment.realm_id,
        'Payment' AS transaction_type,
        payment.id AS transaction_id,
        payment.txn_date AS transaction_date,
        coalesce(payment.total_amt, 0) AS total,
        coalesce(receipt.applied, 0) AS applied,
        coalesce(payment.unapplied_amt, 0) AS unapplied
    FROM quickbooks.payment AS payment
    LEFT JOIN receipt ON receipt.realm_id = payment.realm_id AND receipt.id = payment.id
    WHERE NOT payment.deleted
    UNION ALL
    SELECT
        payment.realm_id,
        'BillPayment' AS transaction_type,
        payment.id AS transaction_id,
        payment.txn_date AS transaction_date,
        coalesce(payment.total_amt, 0) AS total,
        coalesce(disbursement.applied, 0) AS applied,
        greatest(coalesce(payment.total_amt, 0) - coalesce(disbursement.applied, 0), 0) AS unapplied
    FROM quickbooks.bill_payment AS payment
    LEFT JOIN disbursement ON disbursement.realm_id = payment.realm_id AND disbursement.id = payment.id
    WHERE NOT payment.deleted
)

SELECT
    realm_id,
    transaction_type,
    transaction_id,
    transaction_date,
    total,
    applied,
    unapplied,
    total - applied - unapplied AS difference
FROM settled
WHERE abs(total - applied - unapplied) > $tolerance
