-- What each metric means, how it is computed, in what unit, and whether more is better.
-- Grain: a metric.
-- Key: metric
-- Built: view
-- Source: the models of this folder.
-- Columns:
--   metric: Name of the metric, as in metric_definition.
--   name: Name.
--   description: Description.
--   formula: How it is computed.
--   unit: 'days', 'months', 'share' (1 is all), 'ratio', 'index', 'count' or 'home currency'.
--   better: 'higher', 'lower' or 'none'.
SELECT metric, name, description, formula, unit, better
FROM (
    VALUES
    ('dso', 'Days sales outstanding', 'How long customers take to pay.',
        'receivables / debits to receivables of three months * their days', 'days', 'lower'),
    ('dso_count_back', 'Days sales outstanding, counted back', 'How many of the newest days'' sales are owed.',
        'days of the newest sales that add up to the receivables', 'days', 'lower'),
    ('dpo', 'Days payables outstanding', 'How long vendors are kept waiting.',
        'payables / credits to payables of three months * their days', 'days', 'none'),
    ('dio', 'Days inventory outstanding', 'How long stock lies.',
        'inventory / cost of goods sold of three months * their days; 0 without inventory', 'days', 'lower'),
    ('cash_conversion_cycle', 'Cash conversion cycle', 'Days from paying for goods to being paid for them.', 'DSO + DIO - DPO',
        'days', 'lower'),
    ('income', 'Income', 'Income of the month.', 'accounts of the section Income', 'home currency', 'higher'),
    ('net_income', 'Net income', 'What the month earned.',
        'income and other income - cost of goods sold, expense and other expense', 'home currency', 'higher'),
    ('gross_margin', 'Gross margin', 'Share of income that is left after the cost of goods sold.',
        '(income - cost of goods sold) / income', 'share', 'higher'),
    ('operating_margin', 'Operating margin', 'Share of income that is left after all operating cost.',
        '(income - cost of goods sold - expense) / income', 'share', 'higher'),
    ('net_margin', 'Net margin', 'Share of income that is earned.', 'net income / income', 'share', 'higher'),
    ('income_growth', 'Growth of income', 'Against the same month of the year before.',
        '(income - income a year before) / income a year before, signs aside', 'share', 'higher'),
    ('cash', 'Cash', 'Bank accounts and undeposited funds at the end of the month.', 'sum of cash accounts', 'home currency',
        'higher'),
    ('burn', 'Burn', 'Cash that is used up in a month; negative where cash grows.', '- change of cash, average of three months, this one by its days so far',
        'home currency', 'lower'),
    ('runway', 'Runway', 'How long cash lasts at this burn; empty where cash grows.', 'cash / burn', 'months', 'higher'),
    ('current_ratio', 'Current ratio', 'Whether what is due can be paid from what will be cash soon.',
        'current assets / current liabilities', 'ratio', 'higher'),
    ('quick_ratio', 'Quick ratio', 'The same without stock and prepaid expenses.', '(cash + receivables) / current liabilities',
        'ratio', 'higher'),
    ('receivables_overdue_share', 'Overdue share of receivables', 'Share of open invoices that is past due.',
        'open balance of overdue invoices / of all open invoices', 'share', 'lower'),
    ('payables_overdue_share', 'Overdue share of payables', 'Share of open bills that is past due.',
        'open balance of overdue bills / of all open bills', 'share', 'lower'),
    ('collection_effectiveness', 'Collection effectiveness', 'How much of what could be collected was, over three months.',
        '(opening + charged - closing) / (opening + charged - closing not due)', 'share', 'higher'),
    ('customer_days_to_pay', 'Days to pay of customers', 'From invoice to payment, of what was paid in the month.',
        'days weighted by amount', 'days', 'lower'),
    ('vendor_days_to_pay', 'Days to pay of bills', 'From bill to payment, of what was paid in the month.',
        'days weighted by amount', 'days', 'none'),
    ('vendor_top_5_share', 'Share of the five largest vendors', 'How much of twelve months'' spend goes to five vendors.',
        'their spend / all spend', 'share', 'lower'),
    ('vendor_hhi', 'Vendor concentration', 'Herfindahl-Hirschman index of twelve months'' spend.', 'sum of squared shares',
        'index', 'lower'),
    ('customer_top_5_share', 'Share of the five largest customers', 'How much of twelve months'' sales goes to five customers.',
        'their sales / all sales', 'share', 'lower'),
    ('customer_hhi', 'Customer concentration', 'Herfindahl-Hirschman index of twelve months'' sales.', 'sum of squared shares',
        'index', 'lower'),
    ('budget_variance', 'Budget variance', 'What net income is beyond the plan.',
        'sum of favorable variances of the month''s accounts', 'home currency', 'higher'),
    ('duplicate_bill_suspects', 'Duplicate bill suspects', 'Bills and purchases that may have been entered twice.',
        'see finance.duplicate_bill_suspect', 'count', 'lower'),
    ('recurring_revenue_estimate', 'Monthly recurring revenue (estimate)',
        'What today''s active templates of invoices and sales receipts bring in a month.',
        'sum of templates without tax, by their interval', 'home currency', 'higher')
) AS definitions (metric, name, description, formula, unit, better)
