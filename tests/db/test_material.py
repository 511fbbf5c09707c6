"""A clip is taken for what it is, made light for phones, and served in ranges to those who hold its link."""

from __future__ import annotations

import datetime as dt
import io
import os
from pathlib import Path
from uuid import UUID, uuid4

import av
import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from rushi.campaigns import actions, errors, links, media, rules
from rushi.campaigns.models import Campaign, Material
from rushi.kernel import clock
from tests import factories

pytestmark = pytest.mark.django_db
CLIP = Path(__file__).parents[2] / "src/rushi/market/clips/bigbuckbunny.mp4"


@pytest.fixture
def draft(settings: object, tmp_path: Path) -> Campaign:
    settings.MEDIA_ROOT = tmp_path  # type: ignore[attr-defined]
    organisation = factories.organisation()
    owner = factories.member(organisation)
    return actions.create_campaign(actor_id=owner.pk, organisation_id=organisation.pk, kind="reaction", key="k")


def upload(campaign: Campaign, body: bytes, name: str = "clip.mp4") -> Material:
    file = SimpleUploadedFile(name, body)
    return actions.add_material(actor_id=campaign.created_by, campaign_id=campaign.pk, cut="a", upload=file)


def test_a_real_clip_is_read_from_its_content_and_made_ready(draft: Campaign) -> None:
    material = upload(draft, CLIP.read_bytes(), "随便什么名字.txt")
    assert (material.mime, material.status) == ("video/mp4", "processing")
    assert material.duration_ms > 3000
    actions.process_material(material_id=material.pk)
    material.refresh_from_db()
    assert material.status == "ready", material.failure
    with material.poster.open("rb") as poster:
        assert poster.read(3) == b"\xff\xd8\xff"
    assert material.rendition_bytes is not None
    assert material.rendition_bytes * 30_000 <= media.RENDITION_BYTES_PER_30S * material.duration_ms
    with material.rendition.open("rb") as file, av.open(file, "r") as container:
        assert container.streams.video[0].codec_context.name == "h264"
        assert abs(container.duration / 1000 - material.duration_ms) < 500
    with material.rendition.open("rb") as file:
        assert media._index_first(file)


def webm(seconds: int = 4) -> bytes:
    out = io.BytesIO()
    with av.open(out, "w", format="webm") as container:
        stream = container.add_stream("libvpx-vp9", rate=10, options={"cpu-used": "8", "deadline": "realtime"})
        stream.width, stream.height, stream.pix_fmt = 180, 320, "yuv420p"
        for _frame in range(seconds * 10):
            container.mux(stream.encode(av.VideoFrame(180, 320, "yuv420p")))
        container.mux(stream.encode(None))
    return out.getvalue()


def test_webm_becomes_an_mp4_that_every_phone_plays(draft: Campaign) -> None:
    material = upload(draft, webm())
    assert (material.mime, material.width, material.height) == ("video/webm", 180, 320)
    actions.process_material(material_id=material.pk)
    material.refresh_from_db()
    assert material.status == "ready", material.failure
    with material.rendition.open("rb") as file, av.open(file, "r") as container:
        assert container.format.name.startswith("mov,mp4")
        assert 3_500 <= container.duration / 1000 <= 4_500


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (b"", "只收"),
        (b"MZ" + b"\0" * 100, "只收"),
        (b"\0\0\0\x18ftypmp42" + b"\0" * 200, "损坏"),
        (webm(2), "时长"),
    ],
)
def test_what_is_no_clip_is_refused_with_the_reason(draft: Campaign, body: bytes, fault: str) -> None:
    with pytest.raises(errors.MaterialRefused) as refused:
        upload(draft, body)
    assert fault in str(refused.value.params["fault"])
    assert not Material.objects.exists()


def test_replacing_a_clip_deletes_the_files_of_the_old_one(
    draft: Campaign, django_capture_on_commit_callbacks: object
) -> None:
    old = upload(draft, webm())
    actions.process_material(material_id=old.pk)
    old.refresh_from_db()
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        new = upload(draft, webm())
    for field in (old.original, old.rendition, old.poster):
        assert not field.storage.exists(field.name)
    assert new.original.storage.exists(new.original.name)


def address(material: Material, **bound: UUID) -> str:
    return links.media_url(material, viewer_id=bound.get("viewer_id", uuid4()), kind="original")


def test_a_link_serves_the_whole_file_and_its_ranges(client: Client, draft: Campaign) -> None:
    body = CLIP.read_bytes()
    url = address(upload(draft, body))
    whole = client.get(url)
    assert (whole.status_code, whole["Content-Type"], b"".join(whole)) == (200, "video/mp4", body)  # type: ignore[call-overload]
    first = client.get(url, headers={"range": "bytes=0-1"})
    assert (first.status_code, first["Content-Range"], b"".join(first)) == (206, f"bytes 0-1/{len(body)}", body[:2])  # type: ignore[call-overload]
    tail = client.get(url, headers={"range": "bytes=-100"})
    assert b"".join(tail) == body[-100:]  # type: ignore[call-overload]
    opened = client.get(url, headers={"range": "bytes=10-"})
    sent = b"".join(opened)  # type: ignore[call-overload]
    assert len(sent) == min(1024 * 1024, len(body) - 10)
    assert sent == body[10 : 10 + len(sent)]


@pytest.mark.parametrize("wanted", ["bytes=99999999-", "bytes=99999999-100000000", "bytes=-0"])
def test_a_range_that_cannot_be_had_is_refused(client: Client, draft: Campaign, wanted: str) -> None:
    response = client.get(address(upload(draft, webm())), headers={"range": wanted})
    assert response.status_code == 416
    assert response["Content-Range"].startswith("bytes */")


@pytest.mark.parametrize("wanted", ["bytes=5-2", "bytes=-", "bytes=0-1,4-5", "items=0-1", "bytes=a-b"])
def test_what_is_no_range_is_ignored(client: Client, draft: Campaign, wanted: str) -> None:
    response = client.get(address(upload(draft, webm())), headers={"range": wanted})
    assert response.status_code == 200
    assert "Content-Range" not in response


def test_a_changed_file_is_sent_whole(client: Client, draft: Campaign) -> None:
    url = address(upload(draft, webm()))
    response = client.get(url, headers={"range": "bytes=0-9", "if-range": '"other"'})
    assert response.status_code == 200
    same = client.get(url, headers={"range": "bytes=0-9", "if-range": response["ETag"]})
    assert same.status_code == 206


def test_head_answers_without_a_body(client: Client, draft: Campaign) -> None:
    response = client.head(address(upload(draft, webm())), headers={"range": "bytes=0-9"})
    assert (response.status_code, response["Content-Length"], response.content) == (206, "10", b"")


def test_a_link_is_for_one_viewer_one_file_and_a_time(client: Client, draft: Campaign) -> None:
    material = upload(draft, webm())
    url = address(material)
    assert client.get(url.replace("/original", "/poster")).status_code == 404
    assert client.get(url.replace("v=", "v=1")).status_code == 404
    for broken in ("e=²", "e=", "s=é"):
        assert client.get(f"{url}&{broken}").status_code == 404
    assert client.get(url.replace("a=&", f"a={uuid4()}&")).status_code == 404
    with time_machine.travel(clock.now() + dt.timedelta(hours=4), tick=False):
        assert client.get(url).status_code == 404
    assert client.get(url).status_code == 200


def test_a_recording_without_a_length_in_its_head_is_measured(draft: Campaign) -> None:
    """What browsers record: a live webm, whose head says nothing about its end."""
    out = io.BytesIO()
    with av.open(out, "w", format="webm", options={"live": "1"}) as container:
        stream = container.add_stream("libvpx-vp9", rate=10, options={"cpu-used": "8", "deadline": "realtime"})
        stream.width, stream.height, stream.pix_fmt = 180, 320, "yuv420p"
        for _frame in range(50):
            container.mux(stream.encode(av.VideoFrame(180, 320, "yuv420p")))
        container.mux(stream.encode(None))
    material = upload(draft, out.getvalue())
    assert 4_500 <= material.duration_ms <= 5_500


def test_a_clip_that_breaks_off_fails_with_a_reason_or_is_ready_and_never_hangs(draft: Campaign) -> None:
    body = CLIP.read_bytes()
    material = upload(draft, body)
    with material.original.storage.open(material.original.name, "r+b") as file:
        file.truncate(len(body) // 10)
    actions.process_material(material_id=material.pk)
    material.refresh_from_db()
    assert material.status == "ready" or (material.status == "failed" and material.failure)


def test_an_error_nobody_listed_is_told_to_the_owner(draft: Campaign, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(material: Material) -> None:
        raise MemoryError

    material = upload(draft, webm())
    monkeypatch.setattr(media, "make_rendition", broken)
    actions.process_material(material_id=material.pk)
    material.refresh_from_db()
    assert (material.status, material.failure) == ("failed", "处理时出错，请换一个文件再试。")


def test_a_clip_replaced_while_it_is_processed_leaves_no_files(
    draft: Campaign, monkeypatch: pytest.MonkeyPatch, settings: object
) -> None:
    material, made = upload(draft, webm()), media.make_rendition

    def replaced(row: Material) -> None:
        made(row)
        Material.objects.filter(pk=row.pk).delete()

    monkeypatch.setattr(media, "make_rendition", replaced)
    actions.process_material(material_id=material.pk)
    assert [path for path in Path(str(settings.MEDIA_ROOT)).rglob("*") if path.is_file()] == []  # type: ignore[attr-defined]


def test_a_clip_whose_job_was_lost_is_queued_again(draft: Campaign) -> None:
    material = upload(draft, webm())
    assert actions.process_overdue() == 0
    with time_machine.travel(clock.now() + dt.timedelta(hours=1), tick=False):
        assert actions.process_overdue() == 1
        assert actions.process_overdue() == 1  # queued once, however often the sweep runs
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM procrastinate_jobs WHERE queueing_lock = %s AND status = 'todo'", [str(material.pk)]
        )
        assert cursor.fetchone() == (1,)


def test_a_tall_turned_and_large_clip_fits_a_phone(draft: Campaign) -> None:
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=10, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 1080, 1920, "yuv420p"
        for _frame in range(40):
            container.mux(stream.encode(av.VideoFrame(1080, 1920, "yuv420p")))
        container.mux(stream.encode(None))
    material = upload(draft, out.getvalue())
    actions.process_material(material_id=material.pk)
    material.refresh_from_db()
    with material.rendition.open("rb") as file, av.open(file, "r") as container:
        stream = container.streams.video[0]
        assert min(stream.width, stream.height) <= 720
        assert abs(stream.width / stream.height - 1080 / 1920) < 0.01
    assert material.rendition_bytes is not None
    assert material.rendition_bytes * 30_000 <= media.RENDITION_BYTES_PER_30S * material.duration_ms


def speaking(place: Path, *, heavy: bool) -> bytes:
    """Four seconds of mp4 with a tone."""
    with av.open(str(place), "w", format="mp4", options={"movflags": "+faststart"}) as container:
        video = container.add_stream("libx264", rate=10, options={"preset": "ultrafast", "crf": "1" if heavy else "40"})
        video.width, video.height, video.pix_fmt = 320, 240, "yuv420p"
        sound = container.add_stream("aac", rate=44_100, layout="mono")
        for _frame in range(40):
            picture = av.VideoFrame(320, 240, "yuv420p")
            for plane in picture.planes:
                plane.update(os.urandom(plane.buffer_size) if heavy else bytes(plane.buffer_size))
            container.mux(video.encode(picture))
        for _frame in range(4 * 44_100 // 1024):
            samples = av.AudioFrame(format="fltp", layout="mono", samples=1024)
            samples.sample_rate = 44_100
            samples.planes[0].update(bytes(4096))
            container.mux(sound.encode(samples))
        container.mux(video.encode(None))
        container.mux(sound.encode(None))
    return place.read_bytes()


def test_sound_is_kept_in_a_heavy_clip_and_a_light_one_is_kept_byte_for_byte(draft: Campaign, tmp_path: Path) -> None:
    heavy = upload(draft, speaking(tmp_path / "heavy.mp4", heavy=True))
    actions.process_material(material_id=heavy.pk)
    heavy.refresh_from_db()
    assert heavy.status == "ready", heavy.failure
    with heavy.rendition.open("rb") as file, av.open(file, "r") as container:
        assert container.streams.audio[0].codec_context.name == "aac"
        assert 3.5 <= container.streams.audio[0].duration * container.streams.audio[0].time_base <= 4.5
    assert heavy.rendition_bytes is not None
    assert heavy.rendition_bytes < heavy.bytes
    light = upload(draft, body := speaking(tmp_path / "light.mp4", heavy=False))
    actions.process_material(material_id=light.pk)
    light.refresh_from_db()
    with light.rendition.open("rb") as file:
        assert file.read() == body


def test_a_file_that_is_too_large_is_refused(draft: Campaign, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "CLIP_BYTES_MAX", 1000)
    with pytest.raises(errors.MaterialRefused) as refused:
        upload(draft, webm())
    assert "200 MB" in str(refused.value.params["fault"])


def test_a_cut_the_kind_does_not_have_is_refused_and_removing_is_repeatable(draft: Campaign) -> None:
    ids = {"actor_id": draft.created_by, "campaign_id": draft.pk}
    with pytest.raises(errors.StepFault):
        actions.add_material(**ids, cut="b", upload=SimpleUploadedFile("b.webm", webm()))
    upload(draft, webm())
    for _ in range(2):
        actions.remove_material(**ids, cut="a")
    assert not Material.objects.exists()
