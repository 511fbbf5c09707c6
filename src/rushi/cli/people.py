"""`operator`: the first person with the keys to the back office, and new keys when the only operator lost them."""

from __future__ import annotations

import argparse

from rushi.cli import ready
from rushi.cli.errors import CommandFailed


def register(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `operator`."""
    verb = verbs.add_parser("operator", help="operators of the back office: create, reset-factors")
    ways = verb.add_subparsers(metavar="ACTION", required=True)
    create_verb = ways.add_parser("create", help="make an operator")
    create_verb.add_argument("--phone", required=True, help="the operator's phone number; codes log them in")
    create_verb.add_argument("--name", default="运营", help="the name shown to colleagues")
    create_verb.set_defaults(run=create)
    reset_verb = ways.add_parser("reset-factors", help="clear the second factors of somebody who lost them")
    reset_verb.add_argument("--phone", required=True, help="whose; operators do it for others in the back office")
    reset_verb.add_argument("--reason", required=True, help="how the person's identity was checked; kept in the audit")
    reset_verb.set_defaults(run=reset)


def create(asked: argparse.Namespace) -> None:
    """Make an operator who may enter the back office, with the codes that go to the phone."""
    ready.use_database()
    ready.setup_django()
    from rushi.identity.models import StaffRole, User
    from rushi.kernel import clock

    phone = asked.phone if asked.phone.startswith("+") else f"+86{asked.phone}"
    if User.objects.filter(phone=phone).exists():
        raise CommandFailed(f"{phone} is registered already")
    user = User.objects.create_user(phone, nickname=asked.name)
    StaffRole.objects.create(user=user, role=StaffRole.Role.OPERATOR, given_at=clock.now())
    print(f"operator {user.pk} created; the back office is at /admin/")


def reset(asked: argparse.Namespace) -> None:
    """Clear somebody's second factors and log them out everywhere; whoever can run this owns the machine anyway."""
    ready.use_database()
    ready.setup_django()
    from rushi.identity import actions, rules
    from rushi.identity.models import User

    phone = rules.normal_phone(asked.phone)
    user = User.objects.filter(phone=phone, is_active=True).first()
    if user is None:
        raise CommandFailed(f"nobody active has {phone}")
    actions.reset_factors(actor_id=None, user_id=user.pk, reason=asked.reason)
    print(f"{user.pk}: factors cleared, logged out everywhere")
