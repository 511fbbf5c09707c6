"""Every write of the identity room, in drawers by noun."""

from rushi.identity.actions.agents import become_agent, set_agent_status
from rushi.identity.actions.factors import (
    add_passkey,
    add_totp,
    make_recovery_codes,
    new_totp_secret,
    prove_code,
    prove_passkey,
    remove_factor,
    reset_factors,
)
from rushi.identity.actions.keys import make_api_key, revoke_api_key, use_api_key
from rushi.identity.actions.leaving import erase_user, forget_digests
from rushi.identity.actions.limits import forget_tries, regain, spend
from rushi.identity.actions.logins import (
    close_login,
    end_login,
    end_other_logins,
    forget_logins,
    move_login,
    note_login,
    own_login,
    see_login,
)
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
    "add_passkey",
    "add_totp",
    "add_trade_licence",
    "answer_invitation",
    "become_agent",
    "cancel_invitation",
    "close_login",
    "create_organisation",
    "decide_organisation",
    "end_login",
    "end_other_logins",
    "erase_user",
    "forget_digests",
    "forget_logins",
    "forget_tries",
    "give_consent",
    "give_role",
    "invite_member",
    "join",
    "make_api_key",
    "make_recovery_codes",
    "move_login",
    "new_totp_secret",
    "note_login",
    "own_login",
    "prove_code",
    "prove_passkey",
    "regain",
    "remove_factor",
    "reset_factors",
    "revoke_api_key",
    "see_login",
    "set_agent_status",
    "set_language",
    "set_member_role",
    "set_standing",
    "spend",
    "submit_organisation",
    "take_role",
    "update_profile",
    "use_api_key",
    "verify_real_name",
    "withdraw_real_name",
]
