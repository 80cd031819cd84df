-- When each active recurring template is due in the next 91 days: on the day of the month or the weekday of its week that the template
-- names, as often as it is to be made at most.
-- Grain: an occurrence of a template.
-- Key: realm_id, recurring_transaction_id, transaction_type, occurs_on
-- Built: view
-- Source: RecurringTransaction, dim_currency, the chart of accounts.
-- Columns:
--   realm_id: The company.
--   recurring_transaction_id: The template.
--   transaction_type: QuickBooks' entity type: Invoice, Bill, JournalEntry …
--   name: Name.
--   occurs_on: Day it is made.
--   due_date: Day it is due; the day it was made where it has none.
--   customer_id: The customer or job.
--   vendor_id: The vendor.
--   currency_id: Currency code.
--   amount: Amount, home currency, at the newest rate that is known.
--   cash_direction: 1 brings cash, -1 costs cash, 0 moves none, as a card that is charged or credited: it costs cash when it
--       is paid.
WITH templates AS (
    SELECT
        template.realm_id, template.id, template.transaction_type, template.recurring_name, template.customer_id,
            template.vendor_id,
        coalesce(template.sales_term_id, customer.sales_term_id, vendor.term_id) AS term_id, template.currency_id,
        -- What a template makes is at the rate of its day, not at that of the template.
        round(template.total_amt * coalesce(dim_currency.newest_rate, template.exchange_rate, 1), 2) AS amount,
        coalesce(template.credit, FALSE) AS gives_back,
        template.transaction_type = 'CreditCardCharge' OR template.transaction_type = 'Purchase'
        AND (coalesce(template.payment_type, '') ILIKE 'CreditCard' OR coalesce(account.account_type = 'Credit Card', FALSE)) AS is_of_card,
        template.recurring_schedule_next_date AS next_date, dim_company.as_of_date,
        greatest(coalesce(template.recurring_schedule_num_interval, 1), 1)::INTEGER AS every,
        CASE
            WHEN template.recurring_schedule_interval_type ILIKE 'Daily' THEN 1
            WHEN template.recurring_schedule_interval_type ILIKE 'Weekly' THEN 7
            ELSE 0
        END AS step_days,
        CASE
            WHEN template.recurring_schedule_interval_type ILIKE 'Daily' OR template.recurring_schedule_interval_type ILIKE 'Weekly' THEN 0
            WHEN template.recurring_schedule_interval_type ILIKE 'Yearly' THEN 12
            ELSE 1
        END AS step_months,
        least(coalesce(template.recurring_schedule_end_date, dim_company.as_of_date + 91), dim_company.as_of_date + 91) AS last_date,
        template.recurring_schedule_start_date AS start_date, template.recurring_schedule_max_occurrences AS at_most,
        CASE WHEN coalesce(template.recurring_schedule_day_of_month, 0) = 0 THEN template.recurring_schedule_week_of_month END AS nth_week,
        -- After a short month the day that is next is not the one that is meant.
        CASE
            WHEN template.recurring_schedule_next_date = last_day(template.recurring_schedule_next_date)
            THEN greatest(day(template.recurring_schedule_next_date), template.recurring_schedule_day_of_month)
            ELSE day(template.recurring_schedule_next_date)
        END::INTEGER AS month_day
    FROM quickbooks.recurring_transaction AS template
    INNER JOIN finance.dim_company ON dim_company.realm_id = template.realm_id
    LEFT JOIN finance.dim_currency
        ON dim_currency.realm_id = template.realm_id AND dim_currency.currency_id = template.currency_id
    LEFT JOIN quickbooks.customer ON customer.realm_id = template.realm_id AND customer.id = template.customer_id
    LEFT JOIN quickbooks.vendor ON vendor.realm_id = template.realm_id AND vendor.id = template.vendor_id
    LEFT JOIN quickbooks.account ON account.realm_id = template.realm_id AND account.id = template.account_id
    WHERE NOT template.deleted AND template.recurring_active AND template.recurring_schedule_next_date IS NOT NULL
        AND coalesce(template.recurring_recur_type, '') NOT ILIKE 'UnScheduled'
),
-- Each day is counted from the first: stepping from one to the next would stay on the 28th once a February had shortened the 31st.
periods AS (
    SELECT *, (date_trunc('month', next_date) + to_months(step_months * every * nth::INTEGER))::DATE AS first_of_month
    FROM (
        SELECT *, unnest(generate_series(0, (last_date - next_date) // (every * (step_days + 28 * step_months)))) AS nth
        FROM templates
        WHERE next_date <= last_date
    )
),
days AS (
    SELECT
        *, first_of_month + ((isodow(next_date) - isodow(first_of_month) + 7) % 7 + 7 * (nth_week - 1))::INTEGER AS weekday_of_month
    FROM periods
),
occurrences AS (
    SELECT
        *,
        CASE
            WHEN nth = 0 THEN next_date
            WHEN step_days > 0 THEN next_date + (step_days * every * nth)::INTEGER
            WHEN nth_week > 0 THEN weekday_of_month - CASE WHEN weekday_of_month > last_day(first_of_month) THEN 7 ELSE 0 END
            ELSE least(first_of_month + month_day - 1, last_day(first_of_month))
        END::DATE AS occurs_on
    FROM days
)
SELECT
    occurrences.realm_id,
    occurrences.id AS recurring_transaction_id,
    occurrences.transaction_type,
    occurrences.recurring_name AS name,
    occurrences.occurs_on,
    CASE
        WHEN occurrences.transaction_type NOT IN ('Invoice', 'Bill') THEN occurrences.occurs_on
        -- A day of the month that is past, or too near to the document by the term, is that of the next one.
        WHEN term.day_of_month_due > 0 AND term.due_days IS NULL
            THEN least(due_month.first_day + (term.day_of_month_due - 1)::INTEGER, last_day(due_month.first_day))
        ELSE occurrences.occurs_on + coalesce(term.due_days, 0)::INTEGER
    END::DATE AS due_date,
    occurrences.customer_id,
    occurrences.vendor_id,
    occurrences.currency_id,
    occurrences.amount::DECIMAL(18, 2) AS amount,
    CASE
        WHEN occurrences.is_of_card THEN 0
        WHEN occurrences.transaction_type IN ('Invoice', 'SalesReceipt', 'Deposit') OR occurrences.gives_back THEN 1
        WHEN occurrences.transaction_type IN ('Bill', 'RefundReceipt', 'Purchase', 'Check', 'Expense') THEN -1
        ELSE 0
    END::INTEGER AS cash_direction
FROM occurrences
LEFT JOIN quickbooks.term ON term.realm_id = occurrences.realm_id AND term.id = occurrences.term_id
CROSS JOIN LATERAL (
    SELECT least(
        date_trunc('month', occurrences.occurs_on)::DATE + (term.day_of_month_due - 1)::INTEGER, last_day(occurrences.occurs_on)
    ) - occurrences.occurs_on AS days
) AS until_due
CROSS JOIN LATERAL (
    SELECT (
        date_trunc('month', occurrences.occurs_on)
        + to_months((until_due.days < 0 OR (term.due_next_month_days > 0 AND until_due.days <= term.due_next_month_days))::INTEGER)
    )::DATE AS first_day
) AS due_month
WHERE occurrences.occurs_on BETWEEN occurrences.as_of_date AND occurrences.last_date
    -- That many intervals from its first day hold as many documents.
    AND coalesce(
        occurrences.occurs_on < occurrences.start_date
        + to_months(occurrences.step_months * occurrences.every * nullif(occurrences.at_most, 0)::INTEGER)
        + to_days(occurrences.step_days * occurrences.every * nullif(occurrences.at_most, 0)::INTEGER), TRUE
    )
