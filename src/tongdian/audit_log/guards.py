"""The guards of the database as PostgreSQL itself lists them: what stands between a login and a row.

Tables with their columns, owner and row security, constraints, unique indexes, triggers and what
their functions do, rules, what each login was granted, and the settings that a login starts with. An
upgrade enters in the log what it changed of them; the check of the record compares what is there now
with all that upgrades entered, so that a guard that anybody else took away, replaced or put in
beside them is named.

The text of a guard is kept as a hash. It does not depend on the server's major, on what the two
logins are called, or on who asks.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from tongdian.audit_log.findings import Finding, Kind
from tongdian.policy.words import Words

HASH_CHARACTERS = 32
SAID_AT_MOST = 200
NAMED = 200  # of more than that, only that there are more

IN_PART = " in part"  # what a partition is called, whichever it is
MONTH = re.compile(r"_[0-9]{4}_[0-9]{2}(?![0-9])")

KINDS = {
    "table": Words("表", "table"),
    "column": Words("列", "column"),
    "constraint": Words("约束", "constraint"),
    "unique index": Words("唯一索引", "unique index"),
    "trigger": Words("触发器", "trigger"),
    "event trigger": Words("事件触发器", "event trigger"),
    "function": Words("函数", "function"),
    "rule": Words("规则", "rule"),
    "policy": Words("行安全策略", "row security policy"),
    "grant": Words("授权", "grant"),
    "login": Words("登录", "login"),
}

_WORD = r"'(?:[^']|'')*'::character varying"
WORD_RESTORED = re.compile(rf"\(({_WORD})\)::text(?!\[)")
WORDS_MADE = re.compile(rf"\(ARRAY\[({_WORD}(?:, {_WORD})*)\]\)::text\[\]")

LISTING = """
with named as (
    -- the two logins by what they are, everybody else by name
    select oid, case when oid = (select relowner from pg_class
                                  where oid = to_regclass('public.django_migrations')) then 'owner'
                     when rolname = %(application)s then 'application'
                     else 'role ' || rolname end as who
      from pg_roles
), place as (
    select oid, nspname from pg_namespace
     where nspname !~ '^pg_' and nspname <> 'information_schema'
), relation as (
    -- the partitions of a table by one name: they come with time, and are alike
    select c.*, coalesce(whole.own, place.nspname || '.' || c.relname) as name
      from pg_class c join place on place.oid = c.relnamespace
      left join lateral (
          select place.nspname || '.' || parent.relname || ' in part' as own
            from pg_inherits i join pg_class parent on parent.oid = i.inhparent
           where i.inhrelid = c.oid and c.relispartition limit 1
      ) whole on true
), own_function as (
    select p.*, place.nspname || '.' || p.proname
                || '(' || pg_get_function_identity_arguments(p.oid) || ')' as name
      from pg_proc p join place on place.oid = p.pronamespace
     where not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass
                          and d.objid = p.oid and d.deptype = 'e')
), granted as (
    select 'schema ' || place.nspname as what, a.grantee, a.privilege_type
      from pg_namespace n join place using (oid) cross join lateral aclexplode(n.nspacl) a
    union all
    select relation.name, a.grantee, a.privilege_type
      from relation cross join lateral aclexplode(relation.relacl) a
    union all
    select relation.name || '.' || c.attname, a.grantee, a.privilege_type
      from pg_attribute c join relation on relation.oid = c.attrelid
     cross join lateral aclexplode(c.attacl) a
    union all
    select own_function.name, a.grantee, a.privilege_type
      from own_function cross join lateral aclexplode(own_function.proacl) a
)
select 'table', name,
       concat_ws(' ', relkind::text, relpersistence::text, 'owner', owner.who,
                 case when relrowsecurity then 'row security' end,
                 case when relforcerowsecurity then 'forced' end)
  from relation join named owner on owner.oid = relowner
 where relkind in ('r', 'p', 'v', 'm', 'f')
union all
select 'column', relation.name || '.' || c.attname,
       concat_ws(' ', format_type(c.atttypid, c.atttypmod),
                 case when c.attnotnull then 'not null' end, nullif(c.attidentity::text, ''),
                 nullif(c.attgenerated::text, ''), pg_get_expr(d.adbin, d.adrelid))
  from pg_attribute c join relation on relation.oid = c.attrelid
  left join pg_attrdef d on d.adrelid = c.attrelid and d.adnum = c.attnum
 where c.attnum > 0 and not c.attisdropped and relation.relkind in ('r', 'p', 'v', 'm', 'f')
union all
select 'constraint', relation.name || '.' || o.conname, pg_get_constraintdef(o.oid)
  from pg_constraint o join relation on relation.oid = o.conrelid
 where o.contype in ('c', 'f', 'p', 'u', 'x')
union all
select 'unique index', relation.name,
       concat_ws(' ', pg_get_indexdef(i.indexrelid), case when not i.indisvalid then 'invalid' end)
  from pg_index i join relation on relation.oid = i.indexrelid where i.indisunique
union all
select 'trigger', relation.name || '.' || t.tgname,
       concat_ws(' ', t.tgenabled::text, pg_get_triggerdef(t.oid))
  from pg_trigger t join relation on relation.oid = t.tgrelid where not t.tgisinternal
union all
-- a foreign key that somebody switched off
select 'trigger', relation.name || '.' || o.conname || ' ' || t.tgfoid::regproc::text, t.tgenabled::text
  from pg_trigger t join relation on relation.oid = t.tgrelid
  join pg_constraint o on o.oid = t.tgconstraint
 where t.tgisinternal and t.tgenabled <> 'O'
union all
select 'event trigger', evtname::text, concat_ws(' ', evtevent::text, evtenabled::text,
       array_to_string(evttags, ' '), evtfoid::regprocedure::text) from pg_event_trigger
union all
select 'function', f.name,
       concat_ws(' ', owner.who, l.lanname::text, f.provolatile::text, f.proparallel::text,
                 case when f.prosecdef then 'security definer' end,
                 pg_get_function_result(f.oid), array_to_string(f.proconfig, ' '), f.prosrc,
                 pg_get_function_sqlbody(f.oid), f.probin)
  from own_function f join named owner on owner.oid = f.proowner
  join pg_language l on l.oid = f.prolang
union all
select 'rule', relation.name || '.' || r.rulename,
       concat_ws(' ', r.ev_enabled::text, pg_get_ruledef(r.oid))
  from pg_rewrite r join relation on relation.oid = r.ev_class
union all
select 'policy', relation.name || '.' || p.polname,
       concat_ws(' ', p.polcmd::text, p.polpermissive::text, pg_get_expr(p.polqual, p.polrelid),
                 pg_get_expr(p.polwithcheck, p.polrelid),
                 (select string_agg(coalesce(named.who, 'everybody'), ' ' order by named.who)
                    from unnest(p.polroles) role left join named on named.oid = role))
  from pg_policy p join relation on relation.oid = p.polrelid
union all
select 'grant', privilege_type || ' on ' || what || ' to ' || coalesce(who, 'everybody'), ''
  from granted left join named on named.oid = grantee
 where who is distinct from 'owner' and who is distinct from 'role pg_database_owner'
 group by privilege_type, what, who
union all
select 'login', named.who,
       concat_ws(' ', case when rolsuper then 'superuser' end,
                 case when rolcreaterole then 'may create roles' end,
                 case when rolreplication then 'replicates' end,
                 case when rolbypassrls then 'passes by row security' end,
                 (select string_agg(s.setting, ' ' order by s.setting)
                    from pg_db_role_setting each cross join lateral unnest(setconfig) s(setting)
                   where each.setrole in (0, named.oid) and each.setdatabase in (0,
                     (select oid from pg_database where datname = current_database()))),
                 (select 'member of ' || string_agg(its.who, ', ' order by its.who)
                    from pg_auth_members m join named its on its.oid = m.roleid
                   where m.member = named.oid))
  from named join pg_roles using (oid) where who = 'application'
"""


Listing = Mapping[str, str]  # the hash of what each guard says, by "kind name"


@dataclass(frozen=True)
class GuardChange:
    """What an upgrade did to the guards: the hash of each that it made or replaced, and the names of
    those that it took away."""

    now: dict[str, str]
    gone: list[str]

    def __bool__(self) -> bool:
        return bool(self.now or self.gone)


NO_CHANGE = GuardChange(now={}, gone=[])


def listing(cursor: Any) -> dict[str, str]:
    """What every guard says now, by "kind name". Asked inside a transaction."""
    # Names are written out in full only where no schema is looked through.
    cursor.execute("select current_setting('search_path')")
    (path,) = cursor.fetchone()
    cursor.execute("select set_config('search_path', 'pg_catalog', true)")
    cursor.execute(LISTING, {"application": settings.DATABASES["default"]["USER"]})
    rows = cursor.fetchall()
    cursor.execute("select set_config('search_path', %s, true)", [path])
    said_by: dict[str, set[str]] = {}
    for kind, name, said in rows:
        is_part = IN_PART in name
        named, text = (MONTH.sub("", one) if is_part else one for one in (name, said))
        said_by.setdefault(f"{kind} {named}", set()).add(text)
    return {name: "; ".join(sorted(texts)) for name, texts in said_by.items()}


def hashes(said: Mapping[str, str]) -> dict[str, str]:
    """The hash of each guard's text, as an entry keeps it."""
    return {
        name: hashlib.sha256(_canonical(text).encode()).hexdigest()[:HASH_CHARACTERS]
        for name, text in sorted(said.items())
    }


def _canonical(text: str) -> str:
    """A list of words compared with a varchar is written in two ways for the same condition: as it was
    made, and as it comes back out of a dump."""
    return WORDS_MADE.sub(r"ARRAY[\1]", WORD_RESTORED.sub(r"\1", text))


def change(*, entered: Listing, before: Listing, after: Listing) -> GuardChange:
    """What an upgrade changed that is not entered yet.

    A guard that is the same before and after it was not the upgrade's: where somebody else had
    changed it, that is not entered, and stays a finding.
    """
    touched = {name for name in {*before, *after} if not entered or before.get(name) != after.get(name)}
    return GuardChange(
        now={
            name: after[name]
            for name in sorted(touched)
            if name in after and entered.get(name) != after[name]
        },
        gone=sorted(name for name in touched if name in entered and name not in after),
    )


def after_all(changes: list[dict[str, Any]]) -> dict[str, str]:
    """What the entries of all upgrades, oldest first, say that the guards are."""
    listed: dict[str, str] = {}
    for one in changes:
        listed.update(one["now"])
        for name in one["gone"]:
            listed.pop(name, None)
    return listed


def differences(entered: Listing, said: Mapping[str, str]) -> Iterator[Finding]:
    """Every guard that is not what upgrades entered."""
    there = hashes(said)
    differing = sorted(name for name in {*entered, *there} if entered.get(name) != there.get(name))
    for name in differing[:NAMED]:
        kind, how = _how(name, entered, said)
        yield Finding(kind, _title(name), how)
    if len(differing) > NAMED:
        more = Words("还有更多", f"and {len(differing) - NAMED} more")
        yield Finding("changed", Words("数据库的约束与权限", "Guards of the database"), more)


def _how(name: str, entered: Listing, said: Mapping[str, str]) -> tuple[Kind, Words]:
    if name not in said:
        return "removed", Words("没有升级删除过它", "no upgrade took it away")
    now = " ".join(said[name].split())[:SAID_AT_MOST]
    now = f": {now}" if now else ""
    if name not in entered:
        return "inserted", Words(f"没有升级建立过它{now}", f"no upgrade made it{now}")
    return "changed", Words(f"与升级时封存的不同{now}", f"it is not what an upgrade entered{now}")


def _title(name: str) -> Words:
    kind = max((kind for kind in KINDS if name.startswith(f"{kind} ")), key=len)
    rest = name.removeprefix(f"{kind} ")
    words = KINDS[kind]
    return Words(f"数据库的{words.zh} {rest}", f"The database's {words.en} {rest}")
