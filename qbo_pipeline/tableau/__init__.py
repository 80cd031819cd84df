"""Publishing the semantic model to Tableau Cloud and Tableau Server, and its files for Tableau Desktop."""
