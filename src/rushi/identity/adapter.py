"""What allauth asks of us: how codes are sent and where phones are kept."""

from allauth.account.adapter import DefaultAccountAdapter


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Phone login through our User and our SMS client."""
