"""Power BI: compiles the semantic model, plans, delivers and proves what was delivered."""
