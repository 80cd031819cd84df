-- When something of a company was last received. Apart from dim_company, so that a change of a document does not make
-- all that reads the companies due.
-- Grain: a company.
-- Key: realm_id
-- Built: table
-- Source: CompanyInfo and the transactions.
-- Columns:
--   realm_id: The company.
--   synced_at: Newest synchronization of any transaction, UTC.
WITH received AS (
    SELECT realm_id, max(synced_at) AS synced_at FROM quickbooks.company_info GROUP BY ALL
    UNION ALL
    SELECT realm_id, max(synced_at) FROM quickbooks.invoice GROUP BY ALL
    UNION ALL
    SELECT realm_id, max(synced_at) FROM quickbooks.payment GROUP BY ALL
    UNION ALL
    SELECT realm_id, max(synced_at) FROM quickbooks.sales_receipt GROUP BY ALL
    UNION ALL
    SELECT realm_id, max(synced_at) FROM quickbooks.bill GROUP BY ALL
    UNION ALL
    SELECT realm_id, max(synced_at) FROM quickbooks.bill_payment GROUP BY ALL
    UNION ALL
    SELECT realm_id, max(synced_at) FROM quickbooks.purchase GROUP BY ALL
    UNION ALL
    SELECT realm_id, max(synced_at) FROM quickbooks.deposit GROUP BY ALL
    UNION ALL
    SELECT realm_id, max(synced_at) FROM quickbooks.journal_entry GROUP BY ALL
)
SELECT realm_id, max(synced_at) AS synced_at
FROM received
GROUP BY ALL
