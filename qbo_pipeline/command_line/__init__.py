"""What the commands of `qbo-pipeline` do, a file a concern.

Files named `…_commands` only declare them; `qbo_pipeline.cli` puts them together. Nothing heavy is imported at the top
of these modules: `qbo-pipeline --help` must answer at once.
"""
