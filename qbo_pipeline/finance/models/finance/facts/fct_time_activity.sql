-- Time that was worked, at what it costs and what it is billed at.
-- Grain: a time activity.
-- Key: realm_id, time_activity_id
-- Built: view
-- Source: TimeActivity.
-- Columns:
--   realm_id: The company.
--   time_activity_id: The time activity.
--   transaction_date: Date of the transaction.
--   month: First day of the month.
--   employee_id: The employee.
--   employee_key: Key of the employee for BI tools: the company's id, a bar, the id; -1 where there is none.
--   vendor_id: The vendor.
--   vendor_key: Key of the vendor for BI tools: the company's id, a bar, the id; -1 where there is none.
--   customer_id: The customer or job.
--   customer_key: Key of the customer for BI tools: the company's id, a bar, the id; -1 where there is none.
--   item_id: The item.
--   item_key: Key of the item for BI tools: the company's id, a bar, the id; -1 where there is none.
--   class_id: The class.
--   class_key: Key of the class for BI tools: the company's id, a bar, the id; -1 where there is none.
--   department_id: The department (location).
--   department_key: Key of the department for BI tools: the company's id, a bar, the id; -1 where there is
--       none.
--   billable_status: 'Billable', 'HasBeenBilled' or 'NotBillable'.
--   hours: Hours, as a decimal.
--   hourly_rate: Billing rate of an hour.
--   cost_rate: Cost of an hour.
--   billable_amount: What it is billed at, zero if it is not billable.
--   cost_amount: What it costs.
--   description: Description.
WITH worked AS (
    SELECT
        *,
        coalesce(
            coalesce(hours, 0) + coalesce(minutes, 0) / 60.0 + coalesce(seconds, 0) / 3600.0,
            0
        )
        + CASE WHEN hours IS NULL AND start_time IS NOT NULL AND end_time IS NOT NULL
            THEN epoch(end_time - start_time) / 3600.0 ELSE 0 END
        - CASE WHEN hours IS NULL
            THEN coalesce(break_hours, 0) + coalesce(break_minutes, 0) / 60.0 + coalesce(break_seconds, 0) / 3600.0 ELSE 0 END AS hours_worked
    FROM quickbooks.time_activity
    WHERE NOT deleted
)
SELECT
    realm_id,
    id AS time_activity_id,
    txn_date AS transaction_date,
    date_trunc('month', txn_date)::DATE AS month,
    employee_id,
    realm_id || '|' || coalesce(employee_id, '-1') AS employee_key,
    vendor_id,
    realm_id || '|' || coalesce(vendor_id, '-1') AS vendor_key,
    customer_id,
    realm_id || '|' || coalesce(customer_id, '-1') AS customer_key,
    item_id,
    realm_id || '|' || coalesce(item_id, '-1') AS item_key,
    class_id,
    realm_id || '|' || coalesce(class_id, '-1') AS class_key,
    department_id,
    realm_id || '|' || coalesce(department_id, '-1') AS department_key,
    billable_status,
    hours_worked::DECIMAL(28, 10) AS hours,
    hourly_rate,
    cost_rate,
    CASE WHEN billable_status IN ('Billable', 'HasBeenBilled') THEN round(hours_worked::DECIMAL(28, 10) * coalesce(hourly_rate,
        0), 2) ELSE 0 END::DECIMAL(18, 2) AS billable_amount,
    round(hours_worked::DECIMAL(28, 10) * coalesce(cost_rate, 0), 2)::DECIMAL(18, 2) AS cost_amount,
    description
FROM worked
