-- QuickBooks' own reports, as they were answered last. What they say is what the ledger is proven against.
CREATE SCHEMA IF NOT EXISTS reports;

CREATE TABLE IF NOT EXISTS reports.posted_leg (
    realm_id VARCHAR NOT NULL,
    basis VARCHAR NOT NULL,
    month DATE NOT NULL,
    transaction_id VARCHAR NOT NULL,
    transaction_title VARCHAR NOT NULL,
    leg_number INTEGER NOT NULL,
    transaction_date DATE NOT NULL,
    doc_number VARCHAR,
    memo VARCHAR,
    name_id VARCHAR,
    name VARCHAR,
    account_id VARCHAR NOT NULL,
    account_name VARCHAR NOT NULL,
    debit DECIMAL(18, 2) NOT NULL,
    credit DECIMAL(18, 2) NOT NULL,
    currency_id VARCHAR,
    foreign_debit DECIMAL(18, 2),
    foreign_credit DECIMAL(18, 2),
    customer_id VARCHAR,
    vendor_id VARCHAR,
    employee_id VARCHAR,
    item_id VARCHAR,
    class_id VARCHAR,
    department_id VARCHAR,
    quantity DECIMAL(28, 10),
    pull BIGINT NOT NULL
);
COMMENT ON TABLE reports.posted_leg IS 'Legs as QuickBooks'' own reports list them. Grain: a row a leg, basis and month. Source: JournalReport (accrual) and GeneralLedger (cash).';
COMMENT ON COLUMN reports.posted_leg.realm_id IS 'The company.';
COMMENT ON COLUMN reports.posted_leg.basis IS 'Accrual or Cash.';
COMMENT ON COLUMN reports.posted_leg.month IS 'First day of the month the report was asked for.';
COMMENT ON COLUMN reports.posted_leg.transaction_id IS 'Id of the transaction, unique among those of its type.';
COMMENT ON COLUMN reports.posted_leg.transaction_title IS 'Its type as the report shows it, in the company''s language.';
COMMENT ON COLUMN reports.posted_leg.leg_number IS 'Position among the legs of its transaction in that month''s report, counted from 1.';
COMMENT ON COLUMN reports.posted_leg.transaction_date IS 'The day the report places it at; on the cash basis, that of the payment.';
COMMENT ON COLUMN reports.posted_leg.doc_number IS 'Document number.';
COMMENT ON COLUMN reports.posted_leg.memo IS 'Memo or description of the leg.';
COMMENT ON COLUMN reports.posted_leg.name_id IS 'Id of the customer, vendor or employee it shows.';
COMMENT ON COLUMN reports.posted_leg.name IS 'Their name as shown.';
COMMENT ON COLUMN reports.posted_leg.account_id IS 'Id of the account. QuickBooks'' own lines that are no account (Unapplied Cash Payment Income) are ~ and their name.';
COMMENT ON COLUMN reports.posted_leg.account_name IS 'Name of the account as shown.';
COMMENT ON COLUMN reports.posted_leg.debit IS 'Debit in home currency; 0 where there is none.';
COMMENT ON COLUMN reports.posted_leg.credit IS 'Credit in home currency; 0 where there is none.';
COMMENT ON COLUMN reports.posted_leg.currency_id IS 'Currency of the transaction; null where the report does not say.';
COMMENT ON COLUMN reports.posted_leg.foreign_debit IS 'Debit in the currency of the transaction; null where the report does not say.';
COMMENT ON COLUMN reports.posted_leg.foreign_credit IS 'Credit in the currency of the transaction; null where the report does not say.';
COMMENT ON COLUMN reports.posted_leg.customer_id IS 'Id of the customer.';
COMMENT ON COLUMN reports.posted_leg.vendor_id IS 'Id of the vendor.';
COMMENT ON COLUMN reports.posted_leg.employee_id IS 'Id of the employee.';
COMMENT ON COLUMN reports.posted_leg.item_id IS 'Id of the product or service.';
COMMENT ON COLUMN reports.posted_leg.class_id IS 'Id of the class.';
COMMENT ON COLUMN reports.posted_leg.department_id IS 'Id of the department (location).';
COMMENT ON COLUMN reports.posted_leg.quantity IS 'Quantity of the item.';
COMMENT ON COLUMN reports.posted_leg.pull IS 'The batch of the lake it came in, as in reports.month_pull.';

CREATE TABLE IF NOT EXISTS reports.account_month (
    realm_id VARCHAR NOT NULL,
    basis VARCHAR NOT NULL,
    month DATE NOT NULL,
    statement VARCHAR NOT NULL,
    account_id VARCHAR,
    line VARCHAR NOT NULL,
    amount DECIMAL(18, 2) NOT NULL,
    pull BIGINT NOT NULL
);
COMMENT ON TABLE reports.account_month IS 'What QuickBooks'' statements show of each account and month. Grain: a row a line, statement, basis and month; what is zero has none. Source: BalanceSheet and ProfitAndLoss.';
COMMENT ON COLUMN reports.account_month.realm_id IS 'The company.';
COMMENT ON COLUMN reports.account_month.basis IS 'Accrual or Cash.';
COMMENT ON COLUMN reports.account_month.month IS 'First day of the month.';
COMMENT ON COLUMN reports.account_month.statement IS 'BalanceSheet or ProfitAndLoss.';
COMMENT ON COLUMN reports.account_month.account_id IS 'Id of the account; ~ and the name for QuickBooks'' own lines that are no account; null for net income on the balance sheet.';
COMMENT ON COLUMN reports.account_month.line IS 'account, or net_income for the line of the balance sheet that is computed.';
COMMENT ON COLUMN reports.account_month.amount IS 'As shown, home currency: the balance at the end of the month, or the activity of the month; in the sign of the statement.';
COMMENT ON COLUMN reports.account_month.pull IS 'The batch of the lake it came in.';

CREATE TABLE IF NOT EXISTS reports.trial_balance (
    realm_id VARCHAR NOT NULL,
    basis VARCHAR NOT NULL,
    as_of DATE NOT NULL,
    account_id VARCHAR NOT NULL,
    debit DECIMAL(18, 2) NOT NULL,
    credit DECIMAL(18, 2) NOT NULL,
    pull BIGINT NOT NULL
);
COMMENT ON TABLE reports.trial_balance IS 'The trial balance at the end of a day. Grain: a row an account, basis and day. Source: TrialBalance.';
COMMENT ON COLUMN reports.trial_balance.realm_id IS 'The company.';
COMMENT ON COLUMN reports.trial_balance.basis IS 'Accrual or Cash.';
COMMENT ON COLUMN reports.trial_balance.as_of IS 'The day.';
COMMENT ON COLUMN reports.trial_balance.account_id IS 'Id of the account; ~ and the name for QuickBooks'' own lines that are no account.';
COMMENT ON COLUMN reports.trial_balance.debit IS 'Debit balance in home currency; 0 where it is a credit.';
COMMENT ON COLUMN reports.trial_balance.credit IS 'Credit balance in home currency; 0 where it is a debit.';
COMMENT ON COLUMN reports.trial_balance.pull IS 'The batch of the lake it came in.';

CREATE TABLE IF NOT EXISTS reports.aging (
    realm_id VARCHAR NOT NULL,
    side VARCHAR NOT NULL,
    as_of DATE NOT NULL,
    transaction_id VARCHAR NOT NULL,
    transaction_title VARCHAR NOT NULL,
    transaction_date DATE NOT NULL,
    due_date DATE,
    doc_number VARCHAR,
    name_id VARCHAR,
    amount DECIMAL(18, 2) NOT NULL,
    open_balance DECIMAL(18, 2) NOT NULL,
    pull BIGINT NOT NULL
);
COMMENT ON TABLE reports.aging IS 'Open documents at the end of a day. Grain: a row a document, side and day. Source: AgedReceivableDetail and AgedPayableDetail.';
COMMENT ON COLUMN reports.aging.realm_id IS 'The company.';
COMMENT ON COLUMN reports.aging.side IS 'receivable or payable.';
COMMENT ON COLUMN reports.aging.as_of IS 'The day.';
COMMENT ON COLUMN reports.aging.transaction_id IS 'Id of the transaction, unique among those of its type.';
COMMENT ON COLUMN reports.aging.transaction_title IS 'Its type as the report shows it, in the company''s language.';
COMMENT ON COLUMN reports.aging.transaction_date IS 'Its date.';
COMMENT ON COLUMN reports.aging.due_date IS 'When it is due.';
COMMENT ON COLUMN reports.aging.doc_number IS 'Document number.';
COMMENT ON COLUMN reports.aging.name_id IS 'Id of the customer or vendor.';
COMMENT ON COLUMN reports.aging.amount IS 'Its amount in home currency; credits and payments negative.';
COMMENT ON COLUMN reports.aging.open_balance IS 'What of it is open, home currency; credits and payments negative.';
COMMENT ON COLUMN reports.aging.pull IS 'The batch of the lake it came in.';

CREATE TABLE IF NOT EXISTS reports.inventory_valuation (
    realm_id VARCHAR NOT NULL,
    as_of DATE NOT NULL,
    item_id VARCHAR NOT NULL,
    quantity DECIMAL(28, 10) NOT NULL,
    asset_value DECIMAL(18, 2) NOT NULL,
    average_cost DECIMAL(28, 10),
    pull BIGINT NOT NULL
);
COMMENT ON TABLE reports.inventory_valuation IS 'Stock at the end of a day. Grain: a row an item and day. Source: InventoryValuationSummary.';
COMMENT ON COLUMN reports.inventory_valuation.realm_id IS 'The company.';
COMMENT ON COLUMN reports.inventory_valuation.as_of IS 'The day.';
COMMENT ON COLUMN reports.inventory_valuation.item_id IS 'Id of the product.';
COMMENT ON COLUMN reports.inventory_valuation.quantity IS 'Quantity on hand.';
COMMENT ON COLUMN reports.inventory_valuation.asset_value IS 'What it is worth, home currency.';
COMMENT ON COLUMN reports.inventory_valuation.average_cost IS 'Value by quantity, as shown.';
COMMENT ON COLUMN reports.inventory_valuation.pull IS 'The batch of the lake it came in.';

CREATE TABLE IF NOT EXISTS reports.month_pull (
    realm_id VARCHAR NOT NULL,
    basis VARCHAR NOT NULL,
    month DATE NOT NULL,
    digest VARCHAR NOT NULL,
    pulled_at TIMESTAMP NOT NULL,
    legs BIGINT NOT NULL,
    debit DECIMAL(18, 2) NOT NULL,
    credit DECIMAL(18, 2) NOT NULL,
    requests INTEGER NOT NULL,
    pull BIGINT NOT NULL
);
COMMENT ON TABLE reports.month_pull IS 'When the legs of a month were pulled last. Grain: a row a basis and month. Source: the pull.';
COMMENT ON COLUMN reports.month_pull.realm_id IS 'The company.';
COMMENT ON COLUMN reports.month_pull.basis IS 'Accrual or Cash.';
COMMENT ON COLUMN reports.month_pull.month IS 'First day of the month.';
COMMENT ON COLUMN reports.month_pull.digest IS 'Of the activity of its accounts, by the statements, when the legs were asked for; while that stays, they do.';
COMMENT ON COLUMN reports.month_pull.pulled_at IS 'By QuickBooks'' clock, UTC: changes until then are in the legs.';
COMMENT ON COLUMN reports.month_pull.legs IS 'Legs of the month.';
COMMENT ON COLUMN reports.month_pull.debit IS 'Sum of their debits, home currency.';
COMMENT ON COLUMN reports.month_pull.credit IS 'Sum of their credits, home currency.';
COMMENT ON COLUMN reports.month_pull.requests IS 'Requests that brought the month, and others along with it.';
COMMENT ON COLUMN reports.month_pull.pull IS 'The batch of the lake it came in.';

CREATE TABLE IF NOT EXISTS reports.restatement (
    realm_id VARCHAR NOT NULL,
    basis VARCHAR NOT NULL,
    statement VARCHAR NOT NULL,
    month DATE NOT NULL,
    line VARCHAR NOT NULL,
    account_id VARCHAR,
    was DECIMAL(18, 2) NOT NULL,
    became DECIMAL(18, 2) NOT NULL,
    pulled_at TIMESTAMP NOT NULL,
    pull BIGINT NOT NULL
);
COMMENT ON TABLE reports.restatement IS 'Figures of accounts and months that QuickBooks showed otherwise in a later pull: entered late, moved, or restated by QuickBooks itself. Grain: a row a figure and pull that changed it. Source: BalanceSheet and ProfitAndLoss by month.';
COMMENT ON COLUMN reports.restatement.realm_id IS 'The company.';
COMMENT ON COLUMN reports.restatement.basis IS 'Accrual or Cash.';
COMMENT ON COLUMN reports.restatement.statement IS 'BalanceSheet or ProfitAndLoss.';
COMMENT ON COLUMN reports.restatement.month IS 'First day of the month the figure is of.';
COMMENT ON COLUMN reports.restatement.line IS 'account, or net_income on the balance sheet.';
COMMENT ON COLUMN reports.restatement.account_id IS 'Id of the account; null for net income.';
COMMENT ON COLUMN reports.restatement.was IS 'The figure of the pull before, home currency; 0 where there was none.';
COMMENT ON COLUMN reports.restatement.became IS 'The figure of this pull.';
COMMENT ON COLUMN reports.restatement.pulled_at IS 'When the report that shows it so was asked for, by QuickBooks'' clock, UTC.';
COMMENT ON COLUMN reports.restatement.pull IS 'The batch of the lake it came in.';

CREATE TABLE IF NOT EXISTS audit.report_batch (
    batch BIGINT NOT NULL,
    realm_id VARCHAR NOT NULL,
    report VARCHAR NOT NULL,
    basis VARCHAR,
    first_day DATE NOT NULL,
    last_day DATE NOT NULL,
    pulled_at TIMESTAMP NOT NULL,
    run_id VARCHAR NOT NULL,
    received_at TIMESTAMP NOT NULL,
    answers INTEGER NOT NULL,
    rows BIGINT NOT NULL,
    error VARCHAR
);
COMMENT ON TABLE audit.report_batch IS 'Which batches of reports are in the warehouse, a row a batch. Source: the merge.';
COMMENT ON COLUMN audit.report_batch.batch IS 'Number of the batch; with realm_id and report, its folder below _reports in the lake.';
COMMENT ON COLUMN audit.report_batch.realm_id IS 'The company.';
COMMENT ON COLUMN audit.report_batch.report IS 'QuickBooks'' name of the report.';
COMMENT ON COLUMN audit.report_batch.basis IS 'Accrual or Cash; null where the report has none.';
COMMENT ON COLUMN audit.report_batch.first_day IS 'First day of the months it covers; of reports as of a day, that day.';
COMMENT ON COLUMN audit.report_batch.last_day IS 'Last day of the months it covers.';
COMMENT ON COLUMN audit.report_batch.pulled_at IS 'By QuickBooks'' clock, UTC: changes until then are in it. Of batches of the same month the latest counts.';
COMMENT ON COLUMN audit.report_batch.run_id IS 'The run that wrote it.';
COMMENT ON COLUMN audit.report_batch.received_at IS 'When its last answer was received, UTC.';
COMMENT ON COLUMN audit.report_batch.answers IS 'Answers in it, those included that were cut and asked for again in parts.';
COMMENT ON COLUMN audit.report_batch.rows IS 'Typed rows in it.';
COMMENT ON COLUMN audit.report_batch.error IS 'Why nothing was taken from it; null where it was.';
