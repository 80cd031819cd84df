"""The semantic model's tables in Fabric, by open mirroring: files in a landing zone that Fabric makes Delta tables of.

Source: learn.microsoft.com, open mirroring landing zone requirements and format (2025-09-09); Fabric REST API,
MirroredDatabase (2025-11-27).
"""
