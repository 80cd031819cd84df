-- How far balances and results agree with QuickBooks' own reports, all months until the one of a day.
SELECT
    count(*) FILTER (reason IN ('ties', 'differs')) AS compared,
    count(*) FILTER (reason = 'differs') AS differing,
    count(*) FILTER (reason = 'waiting') AS waiting,
    coalesce(sum(abs(difference)) FILTER (reason = 'differs'), 0)::DECIMAL(18, 2) AS difference
FROM finance.reconciliation
WHERE realm_id = $realm_id AND basis = $basis AND month <= $day AND statement <> 'TrialBalance'
