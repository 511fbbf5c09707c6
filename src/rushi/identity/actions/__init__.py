"""Every write of the identity room, in drawers by noun."""

from rushi.identity.actions.agents import become_agent, set_agent_status
from rushi.identity.actions.keys import make_api_key, revoke_api_key, use_api_key
from rushi.identity.actions.leaving import erase_user, forget_digests
from rushi.identity.actions.members import answer_invitation, cancel_invitation, invite_member, set_member_role
from rushi.identity.actions.names import verify_real_name, withdraw_real_name
from rushi.identity.actions.organisations import (
    add_trade_licence,
    create_organisation,
    decide_organisation,
    submit_organisation,
)
from rushi.identity.actions.people import (
    give_consent,
    give_role,
    join,
    set_language,
    set_standing,
    take_role,
    update_profile,
)

__all__ = [
    "add_trade_licence",
    "answer_invitation",
    "become_agent",
    "cancel_invitation",
    "create_organisation",
    "decide_organisation",
    "erase_user",
    "forget_digests",
    "give_consent",
    "give_role",
    "invite_member",
    "join",
    "make_api_key",
    "revoke_api_key",
    "set_agent_status",
    "set_language",
    "set_member_role",
    "set_standing",
    "submit_organisation",
    "take_role",
    "update_profile",
    "use_api_key",
    "verify_real_name",
    "withdraw_real_name",
]
