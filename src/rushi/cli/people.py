"""`operator create`: the first person with the keys to the back office."""

from __future__ import annotations

import argparse

from rushi.cli import ready
from rushi.cli.errors import CommandFailed


def register(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `operator`."""
    verb = verbs.add_parser("operator", help="operators of the back office: create")
    create_verb = verb.add_subparsers(metavar="ACTION", required=True).add_parser("create", help="make an operator")
    create_verb.add_argument("--phone", required=True, help="the operator's phone number; codes log them in")
    create_verb.add_argument("--name", default="运营", help="the name shown to colleagues")
    create_verb.set_defaults(run=create)


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
