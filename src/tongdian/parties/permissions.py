"""Which role may do what: the one place that says so.

Actions and menus ask the same question, `viewer.has_perm("area.verb")`, so that an area below
this one needs to know nothing about roles.
"""

import rules

from tongdian.parties.models import Account, Role


def _role_is(*roles: Role) -> rules.predicates.Predicate:
    @rules.predicate(name=" or ".join(roles))
    def has_role(account: Account) -> bool:
        return getattr(account, "is_active", False) and getattr(account, "role", None) in roles

    return has_role


administrator = _role_is(Role.ADMINISTRATOR)
staff = _role_is(Role.ADMINISTRATOR, Role.OFFICER, Role.AUDITOR)
overseer = _role_is(Role.ADMINISTRATOR, Role.AUDITOR)

PERMISSIONS = {
    "audit_log.read": overseer,
    "audit_log.verify": overseer,
    "audit_log.make_checkpoint": overseer,
    "audit_log.erase_payload": administrator,
    "rulebook.read": staff,
    "rulebook.choose_interpretation": administrator,
    "rulebook.edit_calendar": administrator,
    "rulebook.attach_official_text": administrator,
    "api.make_token": staff,
}
for _name, _who in PERMISSIONS.items():
    rules.add_perm(_name, _who)
