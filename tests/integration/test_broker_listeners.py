"""A broker of ours over TLS, and one whose data are of before it asked who one is."""

from __future__ import annotations

import datetime as dt
import ipaddress
from typing import TYPE_CHECKING

import pytest
from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ops.local.kafka import LocalKafka
from ops.local.port import HOST, kept_port, noted_port
from ops.local.process import replace_text
from streams.broker import broker, librdkafka
from tests.support import broker_tries as tries
from tests.support.chaos import wait_for
from tests.support.patience import AMPLE_S

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.stack
WITHIN_S = AMPLE_S
TURNED_AWAY = 3
"""So often is who is not let in told so; who comes early may be told it once, and be let in then."""


class TlsKafka(LocalKafka):
    """A broker with a listener for other hosts beside its own, as an operator would add it."""

    def _write_properties(self, data: str) -> None:
        super()._write_properties(data)
        port = kept_port(self.folder / "tls-port")
        file = self.folder / "server.properties"
        lines = {
            name: value
            for name, _, value in (line.partition("=") for line in file.read_text().splitlines())
        }
        lines["listeners"] += f",TLS://{HOST}:{port}"
        lines["advertised.listeners"] += f",TLS://{HOST}:{port}"
        lines["listener.security.protocol.map"] += ",TLS:SASL_SSL"
        scram = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
        lines |= {
            "listener.name.tls.scram-sha-512.sasl.jaas.config": scram,
            "listener.name.tls.ssl.keystore.type": "PEM",
            "listener.name.tls.ssl.keystore.location": str(self.folder.parent / "server.pem"),
        }
        text = "\n".join(f"{name}={value}" if value else name for name, value in lines.items())
        replace_text(file, f"{text}\n", mode=0o600)


def certify(folder: Path, name: str) -> None:
    """Make a key and a certificate that signs itself, for 127.0.0.1 and for no name of a host."""
    key = ec.generate_private_key(ec.SECP256R1())
    whose = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(whose)
        .issuer_name(whose)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(address, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    shown = certificate.public_bytes(pem)
    (folder / f"{name}.crt").write_bytes(shown)
    (folder / f"{name}.pem").write_bytes(secret + shown)
    (folder / f"{name}.pem").chmod(0o600)


def client_file(kafka: LocalKafka, authority: Path, host: str) -> str:
    """Write the administrator's settings for the listener over TLS."""
    own = broker(kafka.address).librdkafka() | {
        "bootstrap.servers": f"{host}:{noted_port(kafka.folder / 'tls-port')}",
        "security.protocol": "SASL_SSL",
        "ssl.ca.location": str(authority),
    }
    file = kafka.folder / f"{authority.stem}-{host}.properties"
    replace_text(file, "".join(f"{n}={v}\n" for n, v in own.items()), mode=0o600)
    return str(file)


class Asking:
    """Confluent's client, asked until it is let in or says that it is not: of its certificate, or by a closed line."""

    def __init__(self, file: str) -> None:
        self.said: list[str] = []
        told = {"logger": tries.Quiet(), "error_cb": lambda error: self.said.append(error.name())}
        self._admin = AdminClient(librdkafka(file, told))

    def is_in(self) -> bool:
        """Say whether it is let in now."""
        self._admin.poll(0)
        try:
            return bool(self._admin.list_topics(timeout=1).brokers)
        except KafkaException:
            return False


def opens_confluents(file: str) -> bool:
    """Say whether it is let in, which may take its time; else that it is turned away again and again."""
    asking, found = Asking(file), []

    def is_decided() -> bool:
        found.append(asking.is_in())
        return found[-1] or len(asking.said) >= TURNED_AWAY

    wait_for(is_decided, WITHIN_S, "it is let in, or not")
    return found[-1]


def opens_aiokafkas(file: str) -> bool:
    return tries.by_aiokafka(broker(file)) == tries.DONE


def test_both_libraries_come_in_over_tls_by_one_file_and_only_to_whom_they_trust(
    tmp_path: Path,
) -> None:
    for name in ("server", "stranger"):
        certify(tmp_path, name)
    kafka = TlsKafka(tmp_path)
    try:
        kafka.start()
        known = client_file(kafka, tmp_path / "server.crt", HOST)
        assert (opens_confluents(known), opens_aiokafkas(known)) == (True, True)
        unknown = client_file(kafka, tmp_path / "stranger.crt", HOST)
        assert (opens_confluents(unknown), opens_aiokafkas(unknown)) == (False, False)
        unnamed = client_file(kafka, tmp_path / "server.crt", "localhost")
        assert (opens_confluents(unnamed), opens_aiokafkas(unnamed)) == (False, False)
    finally:
        kafka.erase()


OF_BEFORE = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{host}:{controller}
listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller}
advertised.listeners=PLAINTEXT://{host}:{port}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={data}
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
"""


class KafkaOfBefore(LocalKafka):
    """The broker as it was: everybody may do everything."""

    def _write_properties(self, data: str) -> None:
        port = kept_port(self.folder / "port")
        controller = kept_port(self.folder / "controller-port", besides=port)
        text = OF_BEFORE.format(host=HOST, port=port, controller=controller, data=data)
        replace_text(self.folder / "server.properties", text)

    def _opened(self) -> str:
        return self.servers


def test_a_folder_of_before_is_closed_by_the_next_start_and_keeps_what_it_holds(
    tmp_path: Path,
) -> None:
    before = KafkaOfBefore(tmp_path)
    try:
        was_open = before.start()
        admin = AdminClient(librdkafka(was_open))
        admin.create_topics([NewTopic("kept", 1, 1)])["kept"].result(WITHIN_S)
        producer = Producer(librdkafka(was_open))
        producer.produce("kept", b"of before")
        assert producer.flush(WITHIN_S) == 0

        kafka = LocalKafka(tmp_path)
        now = kafka.start()
        assert kafka.servers == was_open
        consumer = Consumer(librdkafka(now, {"group.id": "reader"}))
        consumer.assign([TopicPartition("kept", 0, 0)])
        message = consumer.poll(WITHIN_S)
        consumer.close()
        assert message is not None
        assert message.value() == b"of before"
        assert not opens_confluents(was_open)
    finally:
        before.erase()
