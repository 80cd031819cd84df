"""What the commands of `qbo-pipeline` do, a file a concern; `qbo_pipeline.cli` only declares them.

Nothing heavy is imported at the top of these modules: `qbo-pipeline --help` must answer at once.
"""
