"""What is wrong with settings."""


class SettingsError(Exception):
    """A setting is missing or wrong; the message names the variable and the fix."""
