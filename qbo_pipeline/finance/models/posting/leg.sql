-- The ledger: every leg of every transaction, on both bases.
-- Accrual: what documents themselves show, and for each account whatever QuickBooks' JournalReport has more or less of it, with the reason.
-- A document that changed since its month was pulled, or whose month never was, stands by itself and is not confirmed.
-- Cash: QuickBooks' report as it is, for only QuickBooks knows what it allocates where.
-- Grain: a leg.
-- Key: realm_id, basis, transaction_type, transaction_id, leg_number
-- Built: documents
-- Source: posting.entity_leg and posting.posted_leg.
-- Columns:
--   realm_id: The company.
--   basis: Accrual or Cash.
--   transaction_type: QuickBooks' name of the entity, or what posting.transaction_type calls it.
--   transaction_id: Id of the transaction.
--   leg_number: Unique in the transaction; not consecutive.
--   leg_role: What the leg is to the document: total, line, bundle_line, discount, shipping, tip, tax, deposit, cash_back, settlement, exchange;
--     patch where the report differs, report where only the report has it.
--   line_id: QuickBooks' id of the line.
--   line_number: Position of the line, from 1.
--   transaction_date: The date QuickBooks' report gives it, else the document's.
--   month: First day of that month.
--   account_id: The account.
--   debit: Home currency.
--   credit: Home currency.
--   currency_id: Currency of the transaction.
--   exchange_rate: Home currency for one unit of it; NULL where only the report is known.
--   foreign_debit: Transaction currency.
--   foreign_credit: Transaction currency.
--   customer_id: The customer or job.
--   vendor_id: The vendor.
--   employee_id: The employee.
--   item_id: The product or service.
--   class_id: The class.
--   department_id: The location.
--   quantity: How many.
--   memo: What the line says.
--   doc_number: Number as printed.
--   posting_source: entity, report_patch or report_only.
--   patch_reason: Why the report differs: cogs, tax, ar_account, item_account, fx, no_entity, rounding or unexplained; NULL where it does
--     not.
--   confirmed: Whether QuickBooks' report of that month was pulled after this version of the document, and agrees once patched.
WITH document AS MATERIALIZED (
    SELECT *
    FROM changed.document
),
-- Each leg of a foreign document is rounded by itself; the cents by which they miss its total are put into its largest line.
shown AS MATERIALIZED (
    SELECT *
    FROM posting.entity_leg
),
rounding AS (
    SELECT
        realm_id,
        transaction_type,
        transaction_id,
        sum(amount) AS difference,
        max_by(leg_number, (abs(amount), -leg_number)) FILTER (leg_role <> 'total') AS leg_number
    FROM shown
    WHERE exchange_rate <> 1
    GROUP BY realm_id, transaction_type, transaction_id
    HAVING sum(amount) <> 0 AND sum(foreign_amount) = 0
),
entity_leg AS NOT MATERIALIZED (
    SELECT shown.* REPLACE ((shown.amount - coalesce(rounding.difference, 0))::DECIMAL(18, 2) AS amount)
    FROM shown
    LEFT JOIN rounding
        ON rounding.realm_id = shown.realm_id AND rounding.transaction_type = shown.transaction_type
        AND rounding.transaction_id = shown.transaction_id AND rounding.leg_number = shown.leg_number
),
-- The report legs of each document and month, and whether the report is newer than the document.
posted_document AS MATERIALIZED (
    SELECT
        posted.*,
        document.transaction_id IS NOT NULL AS has_document,
        coalesce(document.deleted, false) AS deleted,
        coalesce(document.updated_at <= month_pull.pulled_at, true) AS is_current,
        document.customer_id,
        document.vendor_id
    FROM (
        SELECT
            realm_id,
            basis,
            month,
            transaction_type,
            transaction_id,
            min(transaction_date) AS transaction_date,
            sum(hash(account_id)::HUGEINT * ((debit - credit) * 100)::BIGINT) AS fingerprint
        FROM posting.posted_leg
        GROUP BY realm_id, basis, month, transaction_type, transaction_id
    ) AS posted
    LEFT JOIN document
        ON document.realm_id = posted.realm_id AND document.transaction_type = posted.transaction_type
        AND document.transaction_id = posted.transaction_id
    LEFT JOIN reports.month_pull
        ON month_pull.realm_id = posted.realm_id AND month_pull.basis = posted.basis AND month_pull.month = posted.month
),
posted_fingerprint AS (
    SELECT
        realm_id,
        transaction_type,
        transaction_id,
        min(transaction_date) AS transaction_date,
        sum(fingerprint) AS fingerprint
    FROM posted_document
    WHERE basis = 'Accrual' AND has_document AND is_current
    GROUP BY realm_id, transaction_type, transaction_id
),
entity_fingerprint AS (
    SELECT
        realm_id,
        transaction_type,
        transaction_id,
        sum(hash(account_id)::HUGEINT * (amount * 100)::BIGINT) AS fingerprint
    FROM entity_leg
    GROUP BY realm_id, transaction_type, transaction_id
),
compared AS MATERIALIZED (
    SELECT
        document.realm_id,
        document.transaction_type,
        document.transaction_id,
        document.customer_id,
        document.vendor_id,
        document.doc_number,
        document.currency_id,
        coalesce(document.exchange_rate, 1) AS exchange_rate,
        coalesce(posted_fingerprint.transaction_date, document.transaction_date) AS transaction_date,
        posted_fingerprint.transaction_id IS NOT NULL
        -- Stamps have whole seconds: a report that lacks a document of the same second may have been asked for before it.
        OR coalesce(document.updated_at < date_trunc('second', month_pull.pulled_at), false) AS confirmed,
        coalesce(posted_fingerprint.fingerprint, 0) <> coalesce(entity_fingerprint.fingerprint, 0) AS differs
    FROM document
    LEFT JOIN posted_fingerprint
        ON posted_fingerprint.realm_id = document.realm_id AND posted_fingerprint.transaction_type = document.transaction_type
        AND posted_fingerprint.transaction_id = document.transaction_id
    LEFT JOIN entity_fingerprint
        ON entity_fingerprint.realm_id = document.realm_id AND entity_fingerprint.transaction_type = document.transaction_type
        AND entity_fingerprint.transaction_id = document.transaction_id
    LEFT JOIN reports.month_pull
        ON month_pull.realm_id = document.realm_id AND month_pull.basis = 'Accrual'
        AND month_pull.month = date_trunc('month', document.transaction_date)
    WHERE NOT document.deleted
),
differing AS (
    SELECT *
    FROM compared
    WHERE confirmed AND differs
),
entity_account AS (
    SELECT
        entity_leg.realm_id,
        entity_leg.transaction_type,
        entity_leg.transaction_id,
        entity_leg.account_id,
        sum(entity_leg.amount) AS amount,
        sum(entity_leg.foreign_amount) AS foreign_amount,
        sum(entity_leg.amount) FILTER (entity_leg.item_id IS NOT NULL OR entity_leg.leg_role IN ('shipping', 'tip')) AS item_amount,
        bool_or(entity_leg.leg_role IN ('total', 'deposit', 'settlement')) AS has_money,
        bool_or(entity_leg.leg_role IN ('shipping', 'tip')) AS has_charge,
        count(*) AS legs,
        min(entity_leg.leg_number) AS leg_number
    FROM entity_leg
    SEMI JOIN differing
        ON differing.realm_id = entity_leg.realm_id AND differing.transaction_type = entity_leg.transaction_type
        AND differing.transaction_id = entity_leg.transaction_id
    GROUP BY entity_leg.realm_id, entity_leg.transaction_type, entity_leg.transaction_id, entity_leg.account_id
),
accrual AS (
    SELECT posted_leg.*
    FROM posting.posted_leg
    SEMI JOIN differing
        ON differing.realm_id = posted_leg.realm_id AND differing.transaction_type = posted_leg.transaction_type
        AND differing.transaction_id = posted_leg.transaction_id
    SEMI JOIN (SELECT * FROM posted_document WHERE is_current) AS current
        ON current.realm_id = posted_leg.realm_id AND current.basis = posted_leg.basis AND current.month = posted_leg.month
        AND current.transaction_type = posted_leg.transaction_type AND current.transaction_id = posted_leg.transaction_id
    WHERE posted_leg.basis = 'Accrual'
),
document_item AS (
    SELECT DISTINCT
        entity_leg.realm_id,
        entity_leg.transaction_type,
        entity_leg.transaction_id,
        coalesce(merged_item.surviving_id, entity_leg.item_id) AS item_id,
        merged_item.item_id IS NOT NULL AND merged_item.surviving_id IS NULL AS may_be_any
    FROM entity_leg
    SEMI JOIN differing
        ON differing.realm_id = entity_leg.realm_id AND differing.transaction_type = entity_leg.transaction_type
        AND differing.transaction_id = entity_leg.transaction_id
    LEFT JOIN posting.merged_item ON merged_item.realm_id = entity_leg.realm_id AND merged_item.item_id = entity_leg.item_id
    WHERE entity_leg.item_id IS NOT NULL
),
-- Documents that QuickBooks has with an item that they lack here: another version of them, whatever its stamp says. What goods cost that
-- are given away comes to nothing; the line has no amount, so that the document shows nothing of the item either.
of_another_item AS (
    SELECT DISTINCT accrual.realm_id, accrual.transaction_type, accrual.transaction_id
    FROM accrual
    LEFT JOIN posting.merged_item ON merged_item.realm_id = accrual.realm_id AND merged_item.item_id = accrual.item_id
    ANTI JOIN document_item
        ON document_item.realm_id = accrual.realm_id AND document_item.transaction_type = accrual.transaction_type
        AND document_item.transaction_id = accrual.transaction_id
        AND (document_item.item_id = coalesce(merged_item.surviving_id, accrual.item_id) OR document_item.may_be_any)
    WHERE accrual.item_id IS NOT NULL
    GROUP BY
        accrual.realm_id, accrual.transaction_type, accrual.transaction_id, coalesce(merged_item.surviving_id, accrual.item_id)
    HAVING sum(accrual.debit - accrual.credit) <> 0
),
posted_account AS (
    SELECT
        accrual.realm_id,
        accrual.transaction_type,
        accrual.transaction_id,
        accrual.account_id,
        sum(accrual.debit - accrual.credit) AS amount,
        -- Reports of companies with one currency have home currency alone.
        sum(coalesce(accrual.foreign_debit, accrual.debit) - coalesce(accrual.foreign_credit, accrual.credit)) AS foreign_amount,
        sum(accrual.debit - accrual.credit) FILTER (accrual.item_id IS NOT NULL) AS item_amount,
        count(*) AS legs
    FROM accrual
    GROUP BY accrual.realm_id, accrual.transaction_type, accrual.transaction_id, accrual.account_id
),
difference AS (
    SELECT
        coalesce(posted_account.realm_id, entity_account.realm_id) AS realm_id,
        coalesce(posted_account.transaction_type, entity_account.transaction_type) AS transaction_type,
        coalesce(posted_account.transaction_id, entity_account.transaction_id) AS transaction_id,
        coalesce(posted_account.account_id, entity_account.account_id) AS account_id,
        coalesce(posted_account.amount, 0) - coalesce(entity_account.amount, 0) AS amount,
        coalesce(posted_account.foreign_amount, 0) - coalesce(entity_account.foreign_amount, 0) AS foreign_amount,
        coalesce(posted_account.legs, 0) + coalesce(entity_account.legs, 0) AS legs,
        entity_account.item_amount,
        posted_account.item_amount AS posted_item_amount,
        coalesce(entity_account.has_money, false) AS has_money,
        coalesce(entity_account.has_charge, false) AS has_charge,
        entity_account.leg_number
    FROM posted_account
    FULL JOIN entity_account
        ON entity_account.realm_id = posted_account.realm_id AND entity_account.transaction_type = posted_account.transaction_type
        AND entity_account.transaction_id = posted_account.transaction_id
        AND entity_account.account_id IS NOT DISTINCT FROM posted_account.account_id
    WHERE coalesce(posted_account.amount, 0) <> coalesce(entity_account.amount, 0)
),
explained AS (
    SELECT
        difference.*,
        differing.customer_id AS document_customer_id,
        differing.vendor_id AS document_vendor_id,
        differing.doc_number,
        differing.currency_id,
        differing.exchange_rate,
        differing.transaction_date,
        coalesce(account_use.control, false) AS on_control_account,
        coalesce(account_use.balance_sheet, false) AS on_balance_sheet,
        differing.exchange_rate <> 1 AS is_foreign,
        CASE
            WHEN account_use.stock OR difference.transaction_type = 'InventoryAdjustment' THEN 'cogs'
            WHEN account_use.tax THEN 'tax'
            WHEN account_use.exchange AND differing.exchange_rate <> 1 THEN 'fx'
            WHEN differing.exchange_rate <> 1 AND abs(difference.amount) <= 0.01 * difference.legs THEN 'rounding'
        END AS reason
    FROM difference
    INNER JOIN differing
        ON differing.realm_id = difference.realm_id AND differing.transaction_type = difference.transaction_type
        AND differing.transaction_id = difference.transaction_id
    LEFT JOIN posting.account_use
        ON account_use.realm_id = difference.realm_id AND account_use.account_id = difference.account_id
),
-- Differences that cancel out between A/R or A/P accounts, or between these and exchange gain or loss, are of which account and which rate.
-- Lines of items mostly name no account, those of shipping and tips none: where all that is on another one was theirs, they were on that
-- one when they were traded. Where the report names items, it is theirs that has to be elsewhere, not a line beside them; shipping and tips
-- are no items there.
moved AS (
    SELECT
        *,
        reason IS NULL AND NOT on_control_account AS is_open,
        -- An item may have become stock after it was traded.
        (reason IS NULL AND NOT on_control_account OR reason = 'cogs')
        AND NOT has_money AND coalesce(amount * item_amount < 0 AND abs(amount) <= abs(item_amount), false)
        AND (
            has_charge
            OR bool_and(posted_item_amount IS NULL) OVER its_document
            OR abs(coalesce(posted_item_amount, 0) - item_amount - amount) <= CASE WHEN is_foreign THEN 0.01 * legs ELSE 0 END
        ) AS was_of_item
    FROM explained
    WINDOW its_document AS (PARTITION BY realm_id, transaction_type, transaction_id)
),
together AS (
    SELECT
        realm_id,
        transaction_type,
        transaction_id,
        coalesce(sum(amount) FILTER (on_control_account), 0) AS control_amount,
        coalesce(sum(amount) FILTER (reason = 'fx' OR (is_foreign AND on_balance_sheet AND reason IS NULL)), 0) AS foreign_amount,
        sum(amount) FILTER (is_open OR was_of_item) = 0
        AND sum(abs(amount)) FILTER (was_of_item) = sum(abs(amount)) FILTER (is_open AND NOT was_of_item)
        AND NOT bool_or(is_open AND has_money) AS is_of_items
    FROM moved
    GROUP BY realm_id, transaction_type, transaction_id
),
patch AS (
    SELECT
        explained.*,
        CASE
            WHEN explained.reason IS NOT NULL THEN explained.reason
            WHEN explained.on_control_account AND together.control_amount = 0 THEN 'ar_account'
            WHEN NOT explained.on_control_account AND together.is_of_items AND of_another_item.realm_id IS NULL THEN 'item_account'
            WHEN explained.is_foreign AND explained.on_balance_sheet AND together.foreign_amount = 0 THEN 'fx'
            ELSE 'unexplained'
        END AS patch_reason
    FROM explained
    INNER JOIN together
        ON together.realm_id = explained.realm_id AND together.transaction_type = explained.transaction_type
        AND together.transaction_id = explained.transaction_id
    LEFT JOIN of_another_item
        ON of_another_item.realm_id = explained.realm_id AND of_another_item.transaction_type = explained.transaction_type
        AND of_another_item.transaction_id = explained.transaction_id
),
leg AS (
    SELECT
        entity_leg.realm_id, 'Accrual' AS basis, entity_leg.transaction_type, entity_leg.transaction_id, entity_leg.leg_number::BIGINT AS leg_number,
        entity_leg.leg_role, entity_leg.line_id, entity_leg.line_number, compared.transaction_date, entity_leg.account_id,
        (greatest(entity_leg.amount, 0))::DECIMAL(38, 2) AS debit, (greatest(-entity_leg.amount, 0))::DECIMAL(38, 2) AS credit,
        entity_leg.currency_id, entity_leg.exchange_rate,
        (greatest(entity_leg.foreign_amount, 0))::DECIMAL(38, 2) AS foreign_debit, (greatest(-entity_leg.foreign_amount, 0))::DECIMAL(38, 2) AS foreign_credit,
        entity_leg.customer_id, entity_leg.vendor_id, entity_leg.employee_id, entity_leg.item_id, entity_leg.class_id,
        entity_leg.department_id, entity_leg.quantity, entity_leg.memo, entity_leg.doc_number,
        'entity' AS posting_source, NULL::VARCHAR AS patch_reason, compared.confirmed
    FROM entity_leg
    INNER JOIN compared
        ON compared.realm_id = entity_leg.realm_id AND compared.transaction_type = entity_leg.transaction_type
        AND compared.transaction_id = entity_leg.transaction_id
    UNION ALL
    SELECT
        accrual.realm_id, 'Accrual', accrual.transaction_type, accrual.transaction_id,
        200000000 + 10000000 * (datepart('month', accrual.month) % 10) + accrual.leg_number,
        'patch', NULL, NULL, accrual.transaction_date, accrual.account_id,
        accrual.debit, accrual.credit,
        accrual.currency_id, patch.exchange_rate,
        coalesce(accrual.foreign_debit, accrual.debit), coalesce(accrual.foreign_credit, accrual.credit),
        coalesce(accrual.customer_id, patch.document_customer_id), coalesce(accrual.vendor_id, patch.document_vendor_id),
        accrual.employee_id, accrual.item_id, accrual.class_id, accrual.department_id, accrual.quantity, accrual.memo,
        coalesce(accrual.doc_number, patch.doc_number),
        'report_patch', patch.patch_reason, true
    FROM accrual
    INNER JOIN patch
        ON patch.realm_id = accrual.realm_id AND patch.transaction_type = accrual.transaction_type
        AND patch.transaction_id = accrual.transaction_id AND patch.account_id IS NOT DISTINCT FROM accrual.account_id
    WHERE patch.leg_number IS NULL
    UNION ALL
    SELECT
        patch.realm_id, 'Accrual', patch.transaction_type, patch.transaction_id, 300000000 + patch.leg_number,
        'patch', NULL, NULL, patch.transaction_date, patch.account_id,
        greatest(patch.amount, 0), greatest(-patch.amount, 0),
        patch.currency_id, patch.exchange_rate,
        greatest(patch.foreign_amount, 0), greatest(-patch.foreign_amount, 0),
        patch.document_customer_id, patch.document_vendor_id, NULL, NULL, NULL, NULL, NULL, NULL, patch.doc_number,
        'report_patch', patch.patch_reason, true
    FROM patch
    WHERE patch.leg_number IS NOT NULL
    UNION ALL
    SELECT
        posted_leg.realm_id, posted_leg.basis, posted_leg.transaction_type, posted_leg.transaction_id,
        1000000 * (datediff('month', DATE '1990-01-01', posted_leg.month) % 2000) + posted_leg.leg_number,
        'report', NULL, NULL, posted_leg.transaction_date, posted_leg.account_id,
        posted_leg.debit, posted_leg.credit,
        posted_leg.currency_id, NULL,
        coalesce(posted_leg.foreign_debit, posted_leg.debit), coalesce(posted_leg.foreign_credit, posted_leg.credit),
        coalesce(posted_leg.customer_id, document.customer_id), coalesce(posted_leg.vendor_id, document.vendor_id),
        posted_leg.employee_id, posted_leg.item_id, posted_leg.class_id, posted_leg.department_id, posted_leg.quantity, posted_leg.memo,
        posted_leg.doc_number,
        'report_only', CASE WHEN NOT document.has_document THEN 'no_entity' END, document.is_current
    FROM posting.posted_leg
    INNER JOIN (SELECT * FROM posted_document WHERE NOT deleted AND (basis = 'Cash' OR NOT has_document)) AS document
        ON document.realm_id = posted_leg.realm_id AND document.basis = posted_leg.basis AND document.month = posted_leg.month
        AND document.transaction_type = posted_leg.transaction_type AND document.transaction_id = posted_leg.transaction_id
)
SELECT
    realm_id,
    basis,
    transaction_type,
    transaction_id,
    leg_number::INTEGER AS leg_number,
    leg_role,
    line_id,
    line_number,
    transaction_date,
    date_trunc('month', transaction_date)::DATE AS month,
    account_id,
    debit::DECIMAL(18, 2) AS debit,
    credit::DECIMAL(18, 2) AS credit,
    currency_id,
    exchange_rate,
    foreign_debit::DECIMAL(18, 2) AS foreign_debit,
    foreign_credit::DECIMAL(18, 2) AS foreign_credit,
    customer_id,
    vendor_id,
    employee_id,
    item_id,
    class_id,
    department_id,
    quantity,
    memo,
    doc_number,
    posting_source,
    patch_reason,
    confirmed
FROM leg
WHERE debit <> 0 OR credit <> 0 OR foreign_debit <> 0 OR foreign_credit <> 0
