"""After a publication: the workbooks whose extracts hang on our data source are refreshed, each once."""
