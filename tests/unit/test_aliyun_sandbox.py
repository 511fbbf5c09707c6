"""Aliyun's own SDK, which nobody here wrote, and our client are accepted by the sandbox; wrong keys are not."""

from __future__ import annotations

import json
import logging
import re

import httpx
import pytest

from rushi.integrations import aliyun, realname, sms
from rushi.integrations.errors import ServiceError, ServiceRefused, ServiceThrottled, ServiceTimeout
from tests.loopback import KEY_ID, KEY_SECRET, Sandbox

pytestmark = pytest.mark.enable_socket


@pytest.mark.filterwarnings("ignore")
def _official_send(host: str, secret: str) -> object:
    from alibabacloud_dysmsapi20170525 import models
    from alibabacloud_dysmsapi20170525.client import Client
    from alibabacloud_tea_openapi import utils_models

    config = utils_models.Config(access_key_id=KEY_ID, access_key_secret=secret, endpoint=host, protocol="http")
    request = models.SendSmsRequest(
        phone_numbers="13800138000", sign_name="如实 测试", template_code="SMS_1", template_param='{"code":"246810"}'
    )
    return Client(config).send_sms(request).body


@pytest.mark.filterwarnings("ignore")
def test_the_official_sdk_is_accepted(sandbox: Sandbox) -> None:
    body = _official_send(sandbox.host, KEY_SECRET)
    assert (body.code, body.message) == ("OK", "OK")  # type: ignore[attr-defined]
    assert [(s.phone, s.code, s.sign_name) for s in sandbox.state.sent] == [("13800138000", "246810", "如实 测试")]


@pytest.mark.filterwarnings("ignore")
def test_the_official_sdk_with_a_wrong_secret_is_refused(sandbox: Sandbox) -> None:
    from alibabacloud_tea_openapi.exceptions import ClientException

    with pytest.raises(ClientException) as caught:
        _official_send(sandbox.host, "another-secret")
    assert caught.value.code == "SignatureDoesNotMatch"
    assert not sandbox.state.sent


def test_our_client_is_accepted_and_its_code_arrives(sandbox: Sandbox) -> None:
    assert sms.send_code("+8613800138001", "135790")
    assert httpx.get(f"http://{sandbox.host}/sms.json?phone=13800138001").json()[0]["code"] == "135790"
    page = httpx.get(f"http://{sandbox.host}/sms").text
    assert "沙箱" in page
    assert "135790" in page


def test_our_client_with_a_wrong_secret_or_key_is_refused(sandbox: Sandbox) -> None:
    for endpoint, code in (
        (sandbox.endpoint("dysms", secret="wrong"), "SignatureDoesNotMatch"),
        (sandbox.endpoint("dysms", key_id="nobody"), "InvalidAccessKeyId.NotFound"),
    ):
        with pytest.raises(ServiceRefused, match=code):
            aliyun.call(endpoint, action="SendSms", version="2017-05-25", parameters={"PhoneNumbers": "13800138000"})


def test_a_request_cannot_be_replayed_or_changed(sandbox: Sandbox) -> None:
    url, query = f"http://{sandbox.host}/dysms/", aliyun.canonical_query({"PhoneNumbers": "13800138000"})
    headers = aliyun.signed_headers(
        sandbox.endpoint("dysms"), action="SendSms", version="2017-05-25", url=url, query=query
    )
    changed = httpx.post(f"{url}?{query}1", headers=headers)
    assert changed.json()["Code"] == "SignatureDoesNotMatch"
    assert httpx.post(f"{url}?{query}", headers=headers).status_code == 200
    assert httpx.post(f"{url}?{query}", headers=headers).json()["Code"] == "SignatureNonceUsed"


def test_unknown_actions_and_missing_signatures_are_refused(sandbox: Sandbox) -> None:
    with pytest.raises(ServiceRefused, match=r"InvalidAction\.NotFound"):
        aliyun.call(sandbox.endpoint("dysms"), action="DeleteSms", version="2017-05-25", parameters={})
    bare = httpx.post(f"http://{sandbox.host}/dysms/", headers={"x-acs-action": "SendSms"})
    assert bare.json()["Code"] == "MissingAuthorization"


def test_names_match_mismatch_or_are_unknown(sandbox: Sandbox) -> None:
    number = "11010519491231002X"
    assert isinstance(realname.verify("张三", number), realname.Match)
    assert isinstance(realname.verify("张不符", number), realname.Mismatch)
    assert isinstance(realname.verify("查无此", number), realname.NoRecord)
    with pytest.raises(ServiceRefused):
        realname.verify("张3", number)


@pytest.mark.parametrize(
    ("fault", "error"), [("timeout", ServiceTimeout), ("throttle", ServiceThrottled), ("error", ServiceError)]
)
def test_injected_faults_become_typed_errors_without_personal_data(
    sandbox: Sandbox,
    fault: str,
    error: type[ServiceError],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(aliyun.Endpoint.__init__, "__defaults__", (0.3,))
    assert httpx.post(f"http://{sandbox.host}/config", data={"sms": fault, "realname": fault}).status_code == 303
    caplog.set_level(logging.DEBUG)
    caplog.clear()
    for call in (
        lambda: sms.send_code("13800138000", "998877"),
        lambda: realname.verify("张三丰", "11010519491231002X"),
    ):
        with pytest.raises(error) as caught:
            call()
        assert type(caught.value) is error
        said = str(caught.value) + caplog.text
        assert not any(secret in said for secret in ("13800138000", "998877", "张三丰", "11010519491231002X"))
        assert caught.value.__cause__ is None


def test_realname_faults_can_be_injected(sandbox: Sandbox) -> None:
    sandbox.state.faults["realname"] = "mismatch"
    assert isinstance(realname.verify("张三", "11010519491231002X"), realname.Mismatch)
    sandbox.state.faults["realname"] = "no_record"
    assert isinstance(realname.verify("张三", "11010519491231002X"), realname.NoRecord)


def test_only_the_sandbox_pages_may_change_its_faults(sandbox: Sandbox) -> None:
    evil = httpx.post(f"http://{sandbox.host}/config", data={"sms": "error"}, headers={"origin": "http://evil.example"})
    assert evil.status_code == 403
    assert sandbox.state.faults["sms"] == "none"


def test_numbers_that_are_not_phones_are_refused_as_aliyun_does(sandbox: Sandbox) -> None:
    with pytest.raises(ServiceRefused, match=r"isv\.MOBILE_NUMBER_ILLEGAL"):
        sms.send_code("12", "1")
    answer = aliyun.call(
        sandbox.endpoint("dysms"), action="SendSms", version="2017-05-25",
        parameters={"PhoneNumbers": "13800138000", "TemplateParam": json.dumps([])},
    )  # fmt: skip
    assert answer["Code"] == "isv.TEMPLATE_MISSING_PARAMETERS"


@pytest.mark.parametrize("path", ["/sms", "/config", "/nothing"])
def test_its_pages_speak_the_language_chosen_on_the_site(sandbox: Sandbox, path: str) -> None:
    address = f"http://{sandbox.host}{path}"
    assert re.search("[\u4e00-\u9fff]", httpx.get(address).text)
    assert not re.search("[\u4e00-\u9fff]", httpx.get(address, headers={"cookie": "django_language=en"}).text)
