"""People and the bodies they act for. Personal data is the least there can be; numbers are encrypted."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext

from rushi.identity.rules import API_SCOPES, LICENCE_KINDS
from rushi.kernel import clock
from rushi.kernel.ids import uuid7


class UserManager(BaseUserManager["User"]):
    """Makes users by phone; nobody has a password."""

    def create_user(self, phone: str, **fields: Any) -> User:
        """Make a user with this phone (E.164) and no usable password."""
        user = self.model(phone=phone, **fields)
        user.set_unusable_password()
        user.save(using=self._db)
        return user


class User(AbstractBaseUser, PermissionsMixin):
    """Anybody who can log in. Roles are rows elsewhere: Participant, Membership, Agent, StaffRole."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    phone = models.CharField(max_length=20, unique=True, null=True)
    phone_verified_at = models.DateTimeField(null=True)
    nickname = models.CharField(max_length=30, blank=True)
    language = models.CharField(max_length=10, default="zh-hans")
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    is_demo = models.BooleanField(default=False)
    joined_at = models.DateTimeField(auto_now_add=True)
    erased_at = models.DateTimeField(null=True)

    is_known_participant: bool | None = None
    """Whether there is a participant's row, when whoever loaded the user looked; None: nobody looked."""

    api_key: ApiKey | None = None
    """The key by which a program speaks for this user; None for the person. It narrows what `access_*` gives."""

    USERNAME_FIELD = "phone"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = UserManager()

    def __str__(self) -> str:
        return self.nickname or gettext("用户 %(tail)s") % {"tail": str(self.pk)[-6:]}

    def get_short_name(self) -> str:
        """What the back office greets by: never the phone."""
        return str(self)


class StaffRole(models.Model):
    """A person of the operator's: reviewer, finance or operator. One person may hold several."""

    class Role(models.TextChoices):
        """The desks."""

        REVIEWER = "reviewer", "审核员"
        FINANCE = "finance", "财务"
        OPERATOR = "operator", "运营"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="staff_roles")
    role = models.CharField(max_length=10, choices=Role.choices)
    given_by = models.UUIDField(null=True)
    given_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint("user", "role", name="staff_role_once")]


class Agent(models.Model):
    """A recruiter (代理): one level only. Its commission comes on top of the reward, paid by the advertiser."""

    class Status(models.TextChoices):
        """Whether the agent may recruit."""

        ACTIVE = "active", "正常"
        SUSPENDED = "suspended", "已停用"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.OneToOneField(User, on_delete=models.PROTECT, related_name="agent")
    name = models.CharField(max_length=40)
    code = models.CharField(max_length=12, unique=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.ACTIVE)
    joined_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class AgeBand(models.TextChoices):
    """Age bands of audiences and reports; everybody is 18 or older."""

    B18 = "18-24", "18–24 岁"
    B25 = "25-34", "25–34 岁"
    B35 = "35-44", "35–44 岁"
    B45 = "45-54", "45–54 岁"
    B55 = "55+", "55 岁以上"


class Gender(models.TextChoices):
    """As the person says; optional."""

    FEMALE = "f", "女"
    MALE = "m", "男"
    UNSAID = "", "未填写"


class Participant(models.Model):
    """The paid side of a user: profile for audiences, standing, and who recruited them."""

    class Standing(models.TextChoices):
        """What the person may do now; dispatch reads it. `limited`: may work, money waits for a check."""

        ACTIVE = "active", "正常"
        LIMITED = "limited", "待核实"
        SUSPENDED = "suspended", "已暂停"

    user = models.OneToOneField(User, on_delete=models.PROTECT, primary_key=True, related_name="participant")
    adult_declared_at = models.DateTimeField()
    region = models.CharField(max_length=2, blank=True)
    age_band = models.CharField(max_length=5, choices=AgeBand.choices, blank=True)
    gender = models.CharField(max_length=1, choices=Gender.choices, blank=True)
    interests = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    standing = models.CharField(max_length=10, choices=Standing.choices, default=Standing.ACTIVE)
    standing_reason = models.CharField(max_length=200, blank=True)
    standing_since = models.DateTimeField(null=True)
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, null=True, related_name="recruits")
    recruited_at = models.DateTimeField(null=True)
    real_name_verified_at = models.DateTimeField(null=True)
    joined_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.user)


class RealName(models.Model):
    """A verified name and identity number (GB 11643), both encrypted. Read only through queries.access_*."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="real_name")
    name_sealed = models.BinaryField()
    number_sealed = models.BinaryField()
    verified_at = models.DateTimeField()
    provider = models.CharField(max_length=20)
    provider_reference = models.CharField(max_length=64)


class RealNameDigest(models.Model):
    """The blind index of an identity number: one person, one account. Outlives erasure as law or a ban asks."""

    digest = models.BinaryField(primary_key=True, max_length=32)
    user_id = models.UUIDField(null=True)
    kept_until = models.DateTimeField(null=True)
    banned_reason = models.CharField(max_length=200, blank=True)


class RealNameAttempt(models.Model):
    """One question to the provider that was answered: few a day, so that names cannot be tried out."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="real_name_attempts")
    day = models.DateField()
    outcome = models.CharField(max_length=20)

    class Meta:
        indexes = [models.Index(fields=["user", "day"], name="real_name_attempt_day")]


class Consent(models.Model):
    """What somebody agreed to, which version, and when they took it back."""

    class Document(models.TextChoices):
        """The documents one can agree to."""

        TERMS = "terms", "用户协议"
        PRIVACY = "privacy", "隐私政策"
        REAL_NAME = "real_name", "实名信息单独同意"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="consents")
    document = models.CharField(max_length=20, choices=Document.choices)
    version = models.CharField(max_length=20)
    given_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "user", "document", "version", condition=Q(withdrawn_at=None), name="consent_once_a_version"
            )
        ]


class Organisation(models.Model):
    """An advertiser: verified by its licence (GB 32100 code) and approved by a reviewer before it publishes."""

    class Status(models.TextChoices):
        """Where the check of its papers stands."""

        DRAFT = "draft", "待提交资料"
        PENDING = "pending", "资料审核中"
        APPROVED = "approved", "已认证"
        REJECTED = "rejected", "资料未通过"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=80)
    name_wanted = models.CharField(max_length=80, blank=True)  # of an approved body: shown once a reviewer agrees
    credit_code = models.CharField(max_length=18, unique=True, null=True)
    trade = models.CharField(max_length=20, blank=True)
    licence = models.FileField(upload_to="licences/", blank=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT)
    status_reason = models.CharField(max_length=300, blank=True)
    submitted_at = models.DateTimeField(null=True)
    decided_by = models.UUIDField(null=True)
    decided_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class TradeLicence(models.Model):
    """A permit that some trades need (food, medical, education…), with its expiry."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="trade_licences")
    kind = models.CharField(max_length=40)
    number = models.CharField(max_length=60)
    picture = models.FileField(upload_to="licences/")
    expires_on = models.DateField()
    checked_by = models.UUIDField(null=True)
    checked_at = models.DateTimeField(null=True)

    @property
    def kind_label(self) -> str:
        """The permit's name in Chinese."""
        return LICENCE_KINDS.get(self.kind, self.kind)

    @property
    def is_expired(self) -> bool:
        """Whether it has run out by the present day in Shanghai."""
        return self.expires_on < clock.shanghai_day(clock.now())


class Membership(models.Model):
    """A user acting for an organisation."""

    class Role(models.TextChoices):
        """Owner: everything and members; editor: campaigns; viewer: reports."""

        OWNER = "owner", "负责人"
        EDITOR = "editor", "编辑"
        VIEWER = "viewer", "查看"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices)
    joined_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint("user", "organisation", name="membership_once")]


class Invitation(models.Model):
    """An owner's invitation of a phone to an organisation; nothing happens until that person says yes."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="invitations")
    phone = models.CharField(max_length=20)
    role = models.CharField(max_length=10, choices=Membership.Role.choices)
    invited_by = models.UUIDField()
    invited_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    accepted = models.BooleanField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("organisation", "phone", condition=Q(answered_at=None), name="invitation_open_once")
        ]
        indexes = [models.Index(fields=["phone"], name="invitation_phone")]


class ApiKey(models.Model):
    """A program's way in, for one organisation or one agent, in the name of the person who made it.

    Only the digest of the secret is kept. The window counts requests for the rate limit.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, null=True, related_name="api_keys")
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, null=True, related_name="api_keys")
    name = models.CharField(max_length=40)
    prefix = models.CharField(max_length=20)
    digest = models.BinaryField(max_length=32, unique=True)
    scopes = ArrayField(models.CharField(max_length=30))
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="api_keys")
    made_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    window_at = models.DateTimeField(null=True)
    window_count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(organisation__isnull=True, agent__isnull=False)
                | Q(organisation__isnull=False, agent__isnull=True),
                name="api_key_of_one_body",
            )
        ]

    @property
    def scope_labels(self) -> list[str]:
        """What it may do, in Chinese (for the `tr` filter)."""
        return [API_SCOPES[scope] for scope in self.scopes]

    @property
    def owner_id(self) -> UUID:
        """The organisation or agent that it acts for."""
        found = self.organisation_id or self.agent_id
        assert found is not None
        return found


class Factor(models.Model):
    """A second factor of somebody's: an authenticator app (TOTP, RFC 6238) or a passkey (WebAuthn)."""

    class Kind(models.TextChoices):
        """What it is."""

        TOTP = "totp", "验证器应用"
        PASSKEY = "passkey", "通行密钥"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="factors")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    name = models.CharField(max_length=40)
    sealed = models.BinaryField()  # the TOTP secret, or the passkey's credential
    digest = models.BinaryField(max_length=32, unique=True, null=True)  # of a passkey's id: one passkey, one account
    counter = models.BigIntegerField(default=0)  # the last TOTP step or signature count: never used twice
    added_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class RecoveryCode(models.Model):
    """A code for the day the phone with the factor is lost: shown once, kept as a digest, good once."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.BinaryField(max_length=32)
    made_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint("user", "digest", name="recovery_code_once")]


class Login(models.Model):
    """A place where somebody is or was logged in. Ended when its session is gone; kept half a year."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="logins", db_index=False)
    session_key = models.CharField(max_length=40, unique=True)
    device = models.CharField(max_length=60)  # in words: see devices.py
    device_digest = models.BinaryField(max_length=32, null=True)  # of the device's own cookie
    is_new_device = models.BooleanField(default=False)
    noticed_at = models.DateTimeField(null=True)  # when the person said: that was me
    began_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["user", "-seen_at"], name="login_user_seen")]

    @property
    def device_words(self) -> list[str]:
        """System and browser, each for the `tr` filter."""
        return self.device.split(" · ") if self.device else ["未知设备"]


class Tries(models.Model):
    """When something that is limited was last tried: codes asked for, codes missed. Rows live as long as they count."""

    key = models.BinaryField(primary_key=True, max_length=32)  # digest of what, whose and which limit
    at = ArrayField(models.DateTimeField())
    until = models.DateTimeField(db_index=True)
