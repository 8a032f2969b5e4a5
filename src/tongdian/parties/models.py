"""Regions, organisations, the people in them with their roles, and customers."""

import datetime as dt
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from tongdian.audit_log.models import AppendOnly
from tongdian.audit_log.tables import FreeTable, SealedTable
from tongdian.bounded_days import checked
from tongdian.identifiers import uuid7
from tongdian.parties import fields
from tongdian.parties.rules import CustomerKind, Document, Role
from tongdian.plain_fields import Line, Lines
from tongdian.policy.words import Words
from tongdian.registers.checks import checks


def since(first: dt.date, before: dt.date | None = None) -> DateRange:
    """From a day on, or up to the day before `before`. Raises DayOutOfBounds."""
    checked(first)
    return DateRange(first, before)


class Named(models.Model):
    """What has a Chinese name and perhaps an English one."""

    name: Any
    name_en: Any

    class Meta:
        abstract = True

    @property
    def shown_name(self) -> str:
        """The name in the reader's language."""
        english = (get_language() or "").startswith("en")
        return (self.name_en if english else "") or self.name


class Region(Named):
    """A division of China by its code of GB/T 2260; the nation is 100000."""

    kept = SealedTable(Words("行政区划", "region"))

    class Level(models.TextChoices):
        NATION = "nation", _("Nation")
        PROVINCE = "province", _("Province")
        PREFECTURE = "prefecture", _("Prefecture")
        COUNTY = "county", _("County")

    code = Line(max_length=6, primary_key=True)
    name = Line(max_length=60)
    name_en = Line(max_length=120, blank=True)
    level = Line(max_length=10, choices=Level)
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children")

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(code__regex=r"^\d{6}$"), name="region_code_has_six_digits"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Organisation(Named):
    """A department, supplier, campus, office or unit.

    `ancestors` are those above it from the top down and its own id last, which answers "everything
    below" by an index.
    `fills` are the process roles (of packs) that this organisation fills: the energy office of a
    campus fills `energy-office`. `regions` are what a department is competent for, or where a
    supplier supplies.
    """

    kept = SealedTable(Words("单位", "organisation"))

    class Kind(models.TextChoices):
        REGULATOR = "regulator", _("National regulator")
        DISPATCHED = "dispatched", _("Dispatched office (派出机构)")
        DEPARTMENT = "department", _("Energy department")
        PRICE_AUTHORITY = "price_authority", _("Price authority")
        APPROVAL = "approval", _("Approval department")
        SUPPLIER_GROUP = "supplier_group", _("Supplier group")
        SUPPLIER = "supplier", _("Supplier")
        BRANCH = "branch", _("Supplier's branch")
        CAMPUS = "campus", _("School or campus")
        OFFICE = "office", _("Office")
        UNIT = "unit", _("Second-level unit")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = Line(max_length=16, choices=Kind)
    name = Line(max_length=120)
    name_en = Line(max_length=160, blank=True)
    short = Line(max_length=12, unique=True)  # begins its numbers: GX-2026-000412
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children")
    ancestors = ArrayField(models.UUIDField())
    region = models.ForeignKey(Region, models.PROTECT, related_name="+")  # where it is seated
    regions = models.ManyToManyField(Region, related_name="+", blank=True)
    fills = ArrayField(models.CharField(max_length=40), default=list)
    hotline = Line(max_length=40, blank=True)
    address = Line(has_lines=True, max_length=200, blank=True)
    credit_code = Line(max_length=18, blank=True)
    in_force = DateRangeField()  # [first day, day after the last)
    is_demo = models.BooleanField(default=False)

    class Meta:
        ordering = ["name"]
        indexes = [
            GinIndex(fields=["ancestors"], name="organisation_and_all_below"),
            GinIndex(fields=["fills"], name="organisation_by_what_it_fills"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ancestors__contains=[models.F("id")]),
                name="organisation_is_among_its_ancestors",
            )
        ]

    def __str__(self) -> str:
        return self.name


class OfficeDeed(AppendOnly):
    """What somebody did for an organisation, and when; `by` is none where the program did it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta(AppendOnly.Meta):
        abstract = True


class NumberSeries(models.Model):
    """The last number that an organisation gave of a sort: to a customer, or in a year to a case, an
    agreement, a repair. `year` is 0 where they run on over the years."""

    kept = FreeTable("the next number to give: a number given twice is refused by its table")

    pk = models.CompositePrimaryKey("organisation", "of", "year")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    of = Line(max_length=12)
    year = models.SmallIntegerField()
    last = models.IntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~models.Q(of=""), name="series_says_of_what"),
            models.CheckConstraint(condition=models.Q(last__gte=0), name="series_begins_at_one"),
        ]


class Adoption(models.Model):
    """The pack that binds an organisation and those below it, since when. Never two wordings of
    one pack at once."""

    kept = SealedTable(Words("规章的适用", "adoption of a pack"))

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="adoptions")
    pack = Line(max_length=80)
    in_force = DateRangeField()
    reason = Lines(blank=True)

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="organisation_adopts_a_pack_once_at_a_time",
                expressions=[
                    ("organisation", RangeOperators.EQUAL),
                    ("pack", RangeOperators.EQUAL),
                    ("in_force", RangeOperators.OVERLAPS),
                ],
            )
        ]


class Account(AbstractUser):
    """Someone who signs in by user name. Without a role anywhere it is a customer's account."""

    kept = SealedTable(Words("账号", "account"), without=("last_login", "language"))

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = Line(_("name"), max_length=60, blank=True)
    phone = Line(max_length=20, blank=True)
    is_demo = models.BooleanField(default=False)
    # somebody else knows the password: its owner chooses another before anything else
    password_is_given = models.BooleanField(default=False)
    password_since = models.DateTimeField(null=True)  # tokens made before it are over
    language = Line(max_length=2, blank=True)  # in which it reads pages and is told; none: never chosen

    class Meta(AbstractUser.Meta):
        constraints = [
            models.CheckConstraint(
                condition=models.Q(language__in=["", "zh", "en"]), name="account_language_is_known"
            )
        ]

    def __str__(self) -> str:
        return self.shown_name

    @property
    def actor(self) -> str:
        """How the audit log names this account."""
        return f"account:{self.username}"

    @property
    def shown_name(self) -> str:
        """The name that colleagues see."""
        return self.name or self.username


class Membership(models.Model):
    """A role in an organisation, and so in all below it; no organisation: in the installation."""

    kept = SealedTable(Words("角色", "role"))

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="memberships")
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="memberships")
    role = Line(max_length=16, choices=Role)
    in_force = DateRangeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="membership_role_is_known")
        ]


class Tries(models.Model):
    """How often something was tried in a window that ends `until`. `key` is a keyed hash: the table
    tells no address, number or name."""

    kept = FreeTable("counts of guesses, forgotten within hours")

    key = models.BinaryField(max_length=32, primary_key=True)
    tries = models.PositiveIntegerField()
    until = models.DateTimeField(db_index=True)


class Acting(AppendOnly):
    """Somebody acts for an absent colleague, with the colleague's roles, from day to day."""

    kept = SealedTable(Words("代理", "stand-in"))

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    absent = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    stand_in = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    in_force = DateRangeField()
    reason = Lines()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(absent=models.F("stand_in")), name="nobody_acts_for_themselves"
            ),
            models.CheckConstraint(condition=~models.Q(reason=""), name="acting_has_a_reason"),
        ]


class ActingEnd(AppendOnly):
    """That acting ends before its time: `on` is the first day without it."""

    kept = SealedTable(Words("代理的终止", "end of a stand-in"))

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    acting = models.OneToOneField(Acting, models.PROTECT, related_name="end")
    on = models.DateField()
    reason = Lines(blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()


class Customer(models.Model):
    """A person or firm that is supplied. Numbers are encrypted and found by keyed hash."""

    kept = SealedTable(Words("用户", "customer"))

    Kind = CustomerKind

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = Line(max_length=24, unique=True)  # 户号
    kind = Line(max_length=8, choices=CustomerKind)
    name = Line(max_length=120)
    name_key = models.CharField(max_length=200, blank=True)  # pinyin, to sort by
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="customers")
    account = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="customer"
    )
    document = Line(max_length=24, choices=Document, default=Document.ID_CARD)
    identity = models.BinaryField(blank=True)  # the document's number
    identity_lookup = models.BinaryField(max_length=32, blank=True, db_index=True)
    phone = models.BinaryField(blank=True)
    phone_lookup = models.BinaryField(max_length=32, blank=True, db_index=True)
    phone_tail = models.BinaryField(
        max_length=32, blank=True, default=b"", db_index=True
    )  # of its last digits
    contact = Line(max_length=60, blank=True)  # of a firm, whom to ask for
    email = models.EmailField(blank=True)
    address = Line(has_lines=True, max_length=200, blank=True)
    pairs = ArrayField(models.CharField(max_length=2), default=list)  # bigrams of name and number
    created_at = models.DateTimeField()
    erased_on = models.DateField(null=True)  # personal data gone, the number stays in the records
    is_demo = models.BooleanField(default=False)

    class Meta:
        indexes = [GinIndex(fields=["pairs"], name="customer_by_pairs_of_characters")]
        constraints = [
            *checks("customer", *fields.CUSTOMER),
            models.UniqueConstraint(
                fields=["organisation", "document", "identity_lookup"],
                condition=~models.Q(identity_lookup=b""),
                name="customer_is_entered_once_by_identity",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def audit_subject(self) -> str:
        """What the audit log calls them: it outlives an erasure, so no name."""
        return f"customer:{self.number}"


class PrivacyNotice(AppendOnly):
    """A version of what applicants are told before their personal information is taken, published
    here after the one that ships with the program (privacy.yaml). A published one is never edited."""

    kept = SealedTable(Words("个人信息处理告知", "privacy notice"))

    version = models.PositiveIntegerField(primary_key=True)
    first_on = models.DateField()
    zh = Lines()
    en = Lines()
    identity_zh = Lines()
    identity_en = Lines()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(zh="")
                & ~models.Q(en="")
                & ~models.Q(identity_zh="")
                & ~models.Q(identity_en=""),
                name="privacy_notice_is_whole_in_both_languages",
            ),
            models.CheckConstraint(
                condition=models.Q(version__gte=2), name="privacy_notice_follows_the_first"
            ),
        ]


class Consent(AppendOnly):
    """That a customer was told a version of the privacy notice and consented, or withdrew consent.

    `identity` is the separate consent to the sensitive part (29). The newest row counts. Of a customer
    whose import is undone it stays, with a withdrawal behind it, so that the key is not checked.
    """

    kept = SealedTable(Words("个人信息处理同意", "consent to the privacy notice"))

    class Door(models.TextChoices):
        PAGE = "page", _("online")
        API = "api", _("by another program (API)")
        PAPER = "paper", _("on paper at the counter")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    customer = models.ForeignKey(Customer, models.DO_NOTHING, db_constraint=False, related_name="consents")
    version = models.PositiveIntegerField()
    identity = models.BooleanField()
    is_withdrawn = models.BooleanField(default=False)
    door = Line(max_length=5, choices=Door)
    by = Line(max_length=200)  # the actor: the clerk who recorded it, or the counter online
    at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        constraints = [
            models.CheckConstraint(
                condition=models.Q(door__in=["page", "api", "paper"]), name="consent_came_by_a_known_door"
            ),
            models.CheckConstraint(condition=models.Q(version__gte=1), name="consent_names_its_version"),
            models.CheckConstraint(condition=~models.Q(by=""), name="consent_says_who_recorded_it"),
        ]
