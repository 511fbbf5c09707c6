"""An organisation's papers and people."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from rushi.identity import rules
from rushi.identity.models import Membership

_PICTURES = ".png,.jpg,.jpeg,.pdf"


class NewOrganisationForm(forms.Form):
    """The name to begin with; everything else stands on the licence."""

    name = forms.CharField(label=_("机构名称"), max_length=80, help_text=_("与营业执照一致。"))
    key = forms.UUIDField(widget=forms.HiddenInput)


class PapersForm(forms.Form):
    """Name, code, trade and licence, as on paper."""

    name = forms.CharField(label=_("机构名称"), max_length=80)
    credit_code = forms.CharField(
        label=_("统一社会信用代码"),
        max_length=24,
        help_text=_("营业执照上的 18 位代码。"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    trade = forms.ChoiceField(label=_("所属行业"), choices=[(key, _(name)) for key, name in rules.TRADES.items()])
    licence = forms.FileField(
        label=_("营业执照"),
        required=False,
        help_text=_("PNG、JPG 或 PDF，10 MB 以内。"),
        widget=forms.FileInput(attrs={"accept": _PICTURES}),
    )


class LicenceForm(forms.Form):
    """A permit of the trade."""

    kind = forms.ChoiceField(
        label=_("许可证种类"), choices=[(key, _(name)) for key, name in rules.LICENCE_KINDS.items()]
    )
    number = forms.CharField(label=_("证号"), max_length=60)
    expires_on = forms.DateField(label=_("有效期至"), widget=forms.DateInput(attrs={"type": "date"}))
    picture = forms.FileField(label=_("证照图片"), widget=forms.FileInput(attrs={"accept": _PICTURES}))


class MemberForm(forms.Form):
    """Whom to invite, and as what."""

    phone = forms.CharField(
        label=_("手机号"), max_length=24, widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel"})
    )
    role = forms.ChoiceField(
        label=_("角色"),
        initial=Membership.Role.EDITOR,
        choices=[
            ("owner", _("负责人：全部权限，管理成员")),
            ("editor", _("编辑：创建和管理活动")),
            ("viewer", _("查看：只看报告")),
        ],
    )
