-- Payment terms.
-- Grain: a term, and "Not specified" of each company.
-- Key: realm_id, term_id
-- Built: view
-- Source: Term.
-- Columns:
--   realm_id: The company.
--   term_id: Payment term.
--   term_key: Key of the term for BI tools: the company's id, a bar, the id; -1 where there is none.
--   name: Name.
--   term_type: QuickBooks' type of term.
--   due_days: Days until it is due.
--   day_of_month_due: Day of the month it is due.
--   due_next_month_days: Within so many days of the due day it is due a month later.
--   discount_percent: Discount for early payment, percent.
--   discount_days: Days in which the discount holds.
--   is_active: Active and not deleted.
--   is_deleted: Deleted in QuickBooks.
SELECT
    realm_id,
    id AS term_id,
    realm_id || '|' || id AS term_key,
    coalesce(name, 'Term ' || id) AS name,
    type AS term_type,
    due_days,
    day_of_month_due,
    due_next_month_days,
    discount_percent,
    discount_days,
    coalesce(active, FALSE) AND NOT deleted AS is_active,
    deleted AS is_deleted
FROM quickbooks.term
UNION ALL
SELECT realm_id, '-1', realm_id || '|-1', 'Not specified', NULL, NULL, NULL, NULL, NULL, NULL, FALSE, FALSE
FROM finance.dim_company
