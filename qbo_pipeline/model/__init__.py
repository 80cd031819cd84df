"""ONE semantic model of the books: declared once, compiled to Power BI, Tableau and documentation."""
