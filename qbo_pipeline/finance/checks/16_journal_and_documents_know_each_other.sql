-- Every transaction of QuickBooks' journal is in the ledger, unless it changed after the journal was pulled (it may have
-- been deleted or voided and post nothing any more), and every document that posts something is in the journal of its
-- month, if that was pulled after the document's newest version.
-- Invariant: 16
-- Severity: error
-- Blocking: yes
-- Tolerance: 0.00
-- On: finance.general_ledger
-- Cost: one pass over the legs and those of the reports, by transaction: 0.3 seconds of a processor for a million legs.
-- Source: the ledger against reports.posted_leg.
-- Remedy: pull the month's reports again (qbo-pipeline prove), and load what is missing (qbo-pipeline sync).
-- Columns:
--   realm_id: The company.
--   transaction_type: What kind of transaction.
--   transaction_id: QuickBooks' id of it.
--   transaction_date: Its date.
--   missing_in: The journal or the ledger.
--   amount: Sum of its debits where it is.
WITH booked AS (
    SELECT
        realm_id,
        transaction_type,
        transaction_id,
        min(transaction_date) AS transaction_date,
        sum(debit) AS debit,
        bool_and(confirmed) AS confirmed,
        bool_or(posting_source = 'entity') AS has_document
    FROM posting.leg
    WHERE basis = 'Accrual'
    GROUP BY realm_id, transaction_type, transaction_id
),

changed AS (
    SELECT realm_id, transaction_type, transaction_id, updated_at
    FROM posting.document
    WHERE updated_at > (SELECT min(pulled_at) FROM reports.month_pull)
),

reported AS (
    SELECT
        leg.realm_id,
        title.transaction_type,
        leg.transaction_id,
        min(leg.transaction_date) AS transaction_date,
        sum(leg.debit) AS debit
    FROM reports.posted_leg AS leg
    INNER JOIN posting.transaction_title AS title
        ON title.realm_id = leg.realm_id AND title.title = leg.transaction_title
    LEFT JOIN changed
        ON changed.realm_id = leg.realm_id
        AND changed.transaction_type = title.transaction_type
        AND changed.transaction_id = leg.transaction_id
    LEFT JOIN reports.month_pull AS pull
        ON pull.realm_id = leg.realm_id AND pull.basis = leg.basis AND pull.month = leg.month
    WHERE leg.basis = 'Accrual' AND NOT coalesce(changed.updated_at > pull.pulled_at, false)
    GROUP BY leg.realm_id, title.transaction_type, leg.transaction_id
)

SELECT
    coalesce(booked.realm_id, reported.realm_id) AS realm_id,
    coalesce(booked.transaction_type, reported.transaction_type) AS transaction_type,
    coalesce(booked.transaction_id, reported.transaction_id) AS transaction_id,
    coalesce(booked.transaction_date, reported.transaction_date) AS transaction_date,
    CASE WHEN booked.realm_id IS NULL THEN 'ledger' ELSE 'journal' END AS missing_in,
    coalesce(booked.debit, reported.debit) AS amount
FROM booked
FULL JOIN reported
    ON reported.realm_id = booked.realm_id
    AND reported.transaction_type = booked.transaction_type
    AND reported.transaction_id = booked.transaction_id
WHERE (booked.realm_id IS NULL AND abs(reported.debit) > $tolerance)
    OR (reported.realm_id IS NULL AND booked.has_document AND booked.confirmed AND abs(booked.debit) > $tolerance)
