"""Names that say why a step may be committed for itself: evidence where nothing better is known."""

from __future__ import annotations

import re

STANDS_ALONE = re.compile(
    r"_*(get|find|fetch|load|read|lookup|upsert|ensure|check|validate|verify|seed|init|initiali[sz]e|setup|bootstrap|log|record|track|stamp"
    r"|audit|sync|mark|touch|throttle|increment|reset|note|report|notify|send|login|logout|fix|migrate|clean|cleanup|expire)(_|$)"
    r"|.*_(status|state|progress|events?|logs?|history|activity|metrics|stats|timestamp|at|date|last|started|finished|complete|processed)(_|$)"
    r"|.*_caches?(_|$)|.*_if_(not_exists|none|missing)$|(create|make|add)_defaults?(_|$)",
    re.I,
)
"""Names of steps that stand for themselves: they look something up, note what happens to something, or run once."""
KEEPS_RECORD = re.compile(
    r"_*(.*_)?(log|logger|logs|audit|audits|audit_?logs?|event|events|history|activity|metrics|tracker)(_|$)", re.I
)
"""Names of objects that take down what happens."""
OUTWARD = re.compile(
    r"(.*[._])?(client|plugin|gateway|sdk|api|webhook|bucket|storage|blob|smtp|mailer|bot|slack|control|connector|remote|http)"
    r"s?([._].*)?$",
    re.I,
)
"""Names of objects that stand for something outside of the database, where nothing is known of them."""
WRITES = re.compile(
    r"_*(add|append|create|insert|save|store|persist|write|update|upsert|modify|set|unset|put|edit|change|rename|delete|remove"
    r"|purge|clear|drop|destroy|assign|unassign|move|copy|clone|import|register|unregister|link|unlink|attach|detach|grant"
    r"|revoke|archive|restore|replace|merge|approve|reject|accept|apply|commit|use|associate|enable|disable|activate"
    r"|deactivate)(_|$)"
    r"|.*_(add|create|insert|save|update|upsert|delete|remove|allocate)(_|$)",
    re.I,
)
"""Names of functions that say that they write: what they commit is what they are for."""
ONCE_NAMED = re.compile(
    r"(.*_)?(seed(s|er|ing)?|demo|fixtures?|samples?|bootstrap|backfill|migrations?|migrate|post_init|init_(db|data|app)"
    r"|cypress|e2e)(_.*)?$",
    re.I,
)
"""Names of functions and files that fill a database once, or for tests."""
SAMPLE = re.compile(
    r"(.*_)?(seed(s|er|ing)?|demo|fixtures?|samples?|(test|dummy|fake|mock)_(data|users?|accounts?|rows|records|content))(_.*)?$",
    re.I,
)
"""Names of functions and files that make rows to show or try something."""
LOG = re.compile(r"(.*_)?log(s|ger)?(_(?!in(_|$)|out(_|$)|off(_|$)).*)?$", re.I)
"""Names of functions, tasks and classes that only take down what happens."""
STARTS = re.compile(r"_*init(iali[sz]e)?_[a-z]|setup(class|testdata)?$", re.I)
"""Names of functions that a program runs when it starts, where nothing says that a request does."""
CREDENTIAL = re.compile(
    r"(.*_)?(logins?|logged_in|(session|access|refresh|verification|reset|confirmation)_(token|code)s?|(auth|oauth|login)_sessions?"
    r"|(email_)?verifications?|verify_codes?|user_codes?|[2m]fa|2fa_?codes?|t?otp|captcha)(_.*)?$",
    re.I,
)
"""Names of what proves for a short time who somebody is: whoever loses it asks for another one."""
LOGIN = re.compile(
    r"_*((.*_)?(log_?in|sign_?in|authenticate(_user)?|authori[sz]e|mfa|[2m]fa|acs|(login|auth|sso|ldap|saml|oidc)_?callback)"
    r"|(o_?auth|saml|ldap|sso|oidc)\d?(_.*)?)$",
    re.I,
)
"""Names of functions that let somebody in, and of their classes."""
MESSAGE = re.compile(r".*_notifications?$", re.I)
"""Names of functions that leave somebody a message."""
NOTICE = re.compile(r"notifications?$", re.I)
"""Names of classes of messages, each of which stands for itself."""
FACTORY = re.compile(r"(create|make|build|init|initiali[sz]e|configure|setup|get)_\w*app(lication)?$", re.I)
"""Names of functions that make the application, once for each process."""


def in_words(name: str) -> str:
    """The name of a class as those of functions are written: `Activity_Log`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name)
