"""`./rushi up`: one process that starts the others, restarts what dies, and leaves nothing running."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import structlog

from rushi.cli import messages, ready
from rushi.cli.errors import CommandFailed
from rushi.db import launcher, schema
from rushi.kernel import environment, logs, processes

SUPERVISED = "RUSHI_SUPERVISED"
EMBEDDED = "RUSHI_EMBEDDED_DATABASE"
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_MEMORY = Path("/dev/shm")  # noqa: S108 - a directory of ours in it, closed to others
CONNECTIONS_MAX = 16_384
"""Connections that a web process holds; each costs a file and little memory."""
_READY_SECONDS_MAX = 60
_STOP_SECONDS_MAX = 12
_BACKOFF_SECONDS_MAX = 30.0
_STEADY_SECONDS = 10.0
log = structlog.get_logger("rushi.supervisor")


@dataclass(frozen=True, slots=True)
class Plan:
    """What `up` was asked for."""

    host: str
    port: int
    seeds: bool

    @property
    def is_demo(self) -> bool:
        """Whether this is the demo profile."""
        return environment.get("RUSHI_PROFILE") != "production"

    @property
    def url(self) -> str:
        """The address a person on this machine types."""
        host = "127.0.0.1" if self.host in {"0.0.0.0", "::"} else self.host  # noqa: S104 - compared, not bound
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"


@dataclass(slots=True)
class Child:
    """One program kept running: how to start it, and how it has been doing."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    failures: int = 0
    restart_at: float = 0.0
    once: bool = False
    done: bool = field(default=False)


class Stop(Exception):
    """A signal asked us to stop."""


def run(plan: Plan) -> int:
    """Start everything, keep it running until SIGINT or SIGTERM, then stop it in order. Returns the exit code."""
    logs.configure()
    _refuse_busy_ports(plan)
    asked: list[int] = []

    def stop(number: int, frame: object) -> None:
        asked.append(number)  # remembered too: what is raised within a callback of a fork or of the collector is lost
        raise Stop

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    mark = launcher.default_data_dir() / "database.started-by-up"
    children: list[Child] = []
    try:
        if not os.environ.get("RUSHI_DATABASE_URL"):
            _adopt_database(mark)
        _prepare(plan)
        web, *others = _programs(plan)
        children.append(web)
        _start(web)
        _wait_until_ready(plan, web)  # alone: both cores make the first page
        for child in others:
            children.append(child)
            _start(child)
        print(_banner(plan), flush=True)
        if plan.seeds and plan.is_demo and plan.host in LOOPBACK and find_spec("rushi.market.actions"):
            children.append(Child("seed", [sys.executable, "-m", "rushi.cli", "seed"], once=True))
            _start(children[-1])
        while not asked:
            _tend(children)
            _tend_database()
            time.sleep(0.2)
    except Stop:
        pass
    finally:
        _stop_all(children, mark)
    return 0


def _refuse_busy_ports(plan: Plan) -> None:
    for host, port in ((plan.host, plan.port), ("127.0.0.1", plan.port + 1)):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                raise CommandFailed(f"port {port} on {host} is not free ({error.strerror}): try --port N") from error


def _adopt_database(mark: Path) -> None:
    """Start the embedded server; remember that stopping it is ours, also after a supervisor that was killed."""
    os.environ[EMBEDDED] = "1"
    was_running = launcher.is_running()
    ready.use_database()
    if not was_running or (mark.exists() and not _alive(mark.read_text())):
        mark.write_text(str(os.getpid()))


def _alive(pid: str) -> bool:
    return pid.isdigit() and Path("/proc", pid).exists()


def _prepare(plan: Plan) -> None:
    """Tables, translations and static files, each only when something changed since the last time."""
    os.environ[SUPERVISED] = "1"
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(_fresh_metrics_directory())
    os.environ.setdefault("RUSHI_PUBLIC_URL", plan.url)
    os.environ.setdefault("RUSHI_SANDBOX_URL", f"http://127.0.0.1:{plan.port + 1}")
    environment.refuse_unfit_production()
    stamp = launcher.default_data_dir() / "static.stamp"
    static_today = schema.static_digest()
    due = []
    if not schema.is_current(os.environ.get("RUSHI_OWNER_DATABASE_URL") or os.environ["RUSHI_DATABASE_URL"]):
        due.append("migrate")
    if not environment.flag("RUSHI_DEBUG") and not (stamp.exists() and stamp.read_text() == static_today):
        due.append("static")
    _run_verbs(due)
    if "static" in due:
        stamp.write_text(static_today)
    messages.compile_catalogue(if_needed=True)


def _fresh_metrics_directory() -> Path:
    """In memory where that is possible: metrics are mapped files, and a full disk would kill who writes to one."""
    data = launcher.default_data_dir()
    name = f"rushi-metrics-{os.getuid()}-{hashlib.sha256(os.fsencode(data)).hexdigest()[:16]}"
    for directory in (_MEMORY / name, data / "metrics"):
        shutil.rmtree(directory, ignore_errors=True)
        with contextlib.suppress(OSError):
            directory.mkdir(parents=True, mode=0o700)  # refuses what somebody else put there
            return directory
    raise CommandFailed(f"{data} cannot be written: set RUSHI_DATA_DIR")


def _run_verbs(verbs: list[str]) -> None:
    """Run these verbs of ours side by side; all must succeed."""
    command = [sys.executable, "-m", "rushi.cli"]
    running = {verb: subprocess.Popen([*command, verb], stdin=subprocess.DEVNULL, stdout=sys.stderr) for verb in verbs}
    try:
        failed = [verb for verb, process in running.items() if process.wait() != 0]
    finally:
        for process in running.values():
            process.kill()
    if failed:
        raise CommandFailed(f"`{'` and `'.join(failed)}` failed; nothing was started")


def _programs(plan: Plan) -> list[Child]:
    config = Path(str(find_spec("rushi").origin)).with_name("config") / "granian.json"  # type: ignore[union-attr]
    granian = [sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws", "--log-config", str(config)]
    granian += [
        "--log-level",
        "warning",
        "--respawn-failed-workers",
        "--workers-kill-timeout",
        "10",
    ]
    web = [*granian, "--host", plan.host, "--port", str(plan.port)]
    web += ["--workers", environment.get("RUSHI_WEB_WORKERS")]
    web += ["--blocking-threads", environment.get("RUSHI_WEB_THREADS")]
    # Granian counts connections here, idle ones too: with its default a thousand phones that keep theirs open would
    # lock out the next. What is too much is answered by rushi.web.pressure.
    web += ["--backlog", "4096", "--backpressure", str(CONNECTIONS_MAX)]
    children = [
        Child("web", [*web, "rushi.config.wsgi:application"]),
        Child("worker", [sys.executable, "-m", "rushi.cli", "worker"]),
    ]
    if plan.is_demo and find_spec("rushi.integrations.sandbox"):
        sandbox = [*granian, "--host", "127.0.0.1", "--port", str(plan.port + 1), "--blocking-threads", "4"]
        children.append(Child("sandbox", [*sandbox, "rushi.integrations.sandbox:application"]))
    return children


def _start(child: Child) -> None:
    # A session of its own: Ctrl-C reaches only the supervisor, which then stops the children in order.
    child.process = subprocess.Popen(
        child.command,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=processes.die_with_parent,  # noqa: PLW1509 - the supervisor has one thread
    )
    child.started_at = time.monotonic()


def _tend(children: list[Child]) -> None:
    """Notice what died; restart it after a pause that doubles each time it dies young."""
    for child in children:
        if child.done:
            continue
        if child.process is None:
            if time.monotonic() >= child.restart_at:
                _start(child)
            continue
        code = child.process.poll()
        if code is None:
            continue
        lived = time.monotonic() - child.started_at
        child.process = None
        if child.once:
            child.done = True
            log.log(20 if code == 0 else 40, "child finished", child=child.name, code=code, seconds=round(lived, 1))
            continue
        child.failures = 0 if lived > _STEADY_SECONDS else child.failures + 1
        pause = min(_BACKOFF_SECONDS_MAX, 0.5 * 2**child.failures)
        child.restart_at = time.monotonic() + pause
        log.error("child died; restarting", child=child.name, code=code, lived=round(lived, 1), pause=pause)


def _tend_database() -> None:
    """Start the embedded server again when it was killed; the site's own connections come back by themselves."""
    if os.environ.get(EMBEDDED) and not launcher.is_alive():
        log.error("database died; restarting")
        try:
            launcher.ensure()
        except launcher.LauncherError as error:
            log.error("database does not start", error=str(error))
            time.sleep(1)


def _wait_until_ready(plan: Plan, web: Child) -> None:
    """Wait for the first page. Raises CommandFailed when the site does not answer in time or keeps dying."""
    deadline = time.monotonic() + _READY_SECONDS_MAX
    while time.monotonic() < deadline and web.failures < 3:
        if _answers(plan, "/healthz") and _answers(plan, "/"):
            return
        _tend([web])
        _tend_database()
        time.sleep(0.05)
    raise CommandFailed("the site did not start; the log above says why")


def _answers(plan: Plan, path: str) -> bool:
    allowed = environment.get("RUSHI_ALLOWED_HOSTS").split(",")[0].strip().lstrip(".")
    host = plan.url.removeprefix("http://").rpartition(":")[0].strip("[]")
    connection = http.client.HTTPConnection(host, plan.port, timeout=10)
    try:
        connection.request(
            "GET", path, headers={"Host": "localhost" if allowed == "*" else allowed, "User-Agent": "rushi-up"}
        )
        return connection.getresponse().status < 500
    except OSError:
        return False
    finally:
        connection.close()


def _stop_all(children: list[Child], mark: Path) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    running = [child.process for child in children if child.process is not None]
    for process in running:
        process.terminate()
    deadline = time.monotonic() + _STOP_SECONDS_MAX
    for process in running:
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    if metrics := os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        shutil.rmtree(metrics, ignore_errors=True)
    if mark.exists() and mark.read_text() == str(os.getpid()):
        launcher.stop()
        mark.unlink(missing_ok=True)


def _banner(plan: Plan) -> str:
    lines = ["", f"  如实 Rushi  →  {plan.url}", ""]
    if plan.is_demo:
        lines += [
            f"  演示环境 · 短信与实名沙箱 sandbox of SMS and real names: {environment.get('RUSHI_SANDBOX_URL')}/sms",
            "  演示市场会在后台陆续充实；登录页可直接选择演示用户。",
            "  Demo: the market fills in the background; the login page lists demo people, one tap each.",
        ]
    return "\n".join([*lines, "  按 Ctrl-C 停止 · Ctrl-C stops everything.", ""])  # messages: keep
