import shutil
import sys

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from writing import edit_manifest

from dcase_classic import load
from dcase_classic.errors import ArtifactError, ConfigError
from dcase_classic.io.artifacts import load_model
from dcase_classic.io.manifest import read_manifest, sign_manifest
from dcase_classic.io.signatures import read_signing_key

PRIVATE = {"openssl": serialization.PrivateFormat.PKCS8, "ssh": serialization.PrivateFormat.OpenSSH}


def write_private(path, key, kind="openssl", encryption=None):
    encryption = encryption or serialization.NoEncryption()
    pem = serialization.Encoding.PEM
    path.write_bytes(key.private_bytes(pem, PRIVATE[kind], encryption))
    return path


def write_public(path, key, kind="openssl"):
    forms = {
        "openssl": (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo),
        "ssh": (serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH),
    }
    path.write_bytes(key.public_key().public_bytes(*forms[kind]))
    return path


@pytest.fixture
def models(fitted, tmp_path):
    return shutil.copytree(fitted, tmp_path / "models")


@pytest.fixture
def keys(tmp_path):
    """A private key and its public one."""
    key = Ed25519PrivateKey.generate()
    return write_private(tmp_path / "key.pem", key), write_public(tmp_path / "public.pem", key)


@pytest.mark.parametrize("kind", PRIVATE)
def test_a_signed_folder_is_read_with_the_key_of_its_maker(models, tmp_path, kind):
    key = Ed25519PrivateKey.generate()
    private = write_private(tmp_path / "key", key, kind)
    public = write_public(tmp_path / "key.pub", key, kind)
    sign_manifest(models, read_signing_key(private))
    assert read_manifest(models, verify_key=public) == read_manifest(models)
    assert load_model(models, "pump", "00", verify_key=public).machine_type == "pump"


def test_an_unsigned_folder_is_refused_where_a_key_is_wanted(models, keys):
    with pytest.raises(ArtifactError, match="is not signed, and only signed models"):
        read_manifest(models, verify_key=keys[1])


def test_a_manifest_that_changed_after_it_was_signed_is_refused(models, keys):
    sign_manifest(models, read_signing_key(keys[0]))
    edit_manifest(models, lambda manifest: manifest["versions"].update(python="3.0"))
    with pytest.raises(ArtifactError, match=r"sig: is no signature of manifest\.json"):
        read_manifest(models, verify_key=keys[1])


def test_another_key_is_not_that_of_the_maker(models, keys, tmp_path):
    sign_manifest(models, read_signing_key(keys[0]))
    other = write_public(tmp_path / "other.pem", Ed25519PrivateKey.generate())
    with pytest.raises(ArtifactError, match="is no signature of"):
        read_manifest(models, verify_key=other)


@pytest.mark.parametrize("text", [b"", b"?", b"AAAA", b"A" * 88, b"\xff" * 9])
def test_a_damaged_signature_is_refused_in_one_line(models, keys, text):
    (models / "manifest.json.sig").write_bytes(text)
    with pytest.raises(ArtifactError, match="is no signature of") as refused:
        read_manifest(models, verify_key=keys[1])
    assert "\n" not in str(refused.value)


def test_what_is_no_key_is_refused_before_anything_is_signed(models, keys, tmp_path):
    secret = serialization.BestAvailableEncryption(b"secret")
    key = Ed25519PrivateKey.generate()
    locked = write_private(tmp_path / "locked", key, encryption=secret)
    curve = write_private(tmp_path / "curve", generate_private_key(SECP256R1()))
    (tmp_path / "text").write_text("no key")
    for path in (locked, curve, tmp_path / "text", keys[1]):
        with pytest.raises(ConfigError, match="no Ed25519 private key without a passphrase"):
            read_signing_key(path)
    with pytest.raises(ConfigError, match="no such file"):
        read_signing_key(tmp_path / "none")
    for path in (curve, tmp_path / "text", keys[0]):
        with pytest.raises(ConfigError, match="no Ed25519 public key"):
            read_manifest(models, verify_key=path)


# 32 bytes as a key of X448, which has 56: OpenSSL calls that an error of its own
MISLABELLED = """-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VvBCIEIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
-----END PRIVATE KEY-----
"""


def test_a_key_that_openssl_cannot_set_up_is_refused_in_a_line(tmp_path):
    (tmp_path / "key.pem").write_text(MISLABELLED)
    with pytest.raises(ConfigError, match="no Ed25519 private key without a passphrase"):
        read_signing_key(tmp_path / "key.pem")


def test_without_the_package_it_is_named(keys, monkeypatch):
    monkeypatch.setitem(sys.modules, "cryptography", None)
    with pytest.raises(ConfigError, match=r"pip install 'dcase_classic\[sign\]'"):
        read_signing_key(keys[0])


@pytest.mark.uncounted
def test_the_verbs_sign_and_verify(run, data, models, keys, tmp_path, monkeypatch):
    private, public = keys
    wanted = ["--verify-key", public]
    clip = next((data / "dev_data" / "raw" / "fan" / "test").iterdir())
    predict = ["predict", clip, "--models", models, "--machine", "fan"]
    score = ["score", data, "--models", models, "-o", tmp_path / "results"]
    doctor = ["doctor", data, "--models", models]
    verify = ["models", "verify", models]
    for command in (predict, score, doctor, verify):
        status, _, err = run(*command, *wanted)
        assert (status, "is not signed" in err) == (2, True), err
    assert run(*verify)[1] == "2 models are whole, who signed them was not checked\n"
    assert run("models", "sign", models, "--sign-key", private)[0] == 0
    for command in (predict, score, doctor):
        assert run(*command, *wanted)[0] == 0
    monkeypatch.setenv("DCASE_CLASSIC_VERIFY_KEY", str(public))
    assert run(*verify)[1] == f"2 models are whole, signed by {public}\n"


@pytest.mark.parametrize("by", ["argument", "environment"])
def test_python_takes_only_what_the_key_has_signed(models, keys, tmp_path, monkeypatch, by):
    private, public = keys
    stranger = write_public(tmp_path / "other.pem", Ed25519PrivateKey.generate())

    def loaded(key):
        if by == "environment":
            monkeypatch.setenv("DCASE_CLASSIC_VERIFY_KEY", str(key))
            return load(models, machine_type="fan")
        return load(models, machine_type="fan", verify_key=str(key))

    with pytest.raises(ArtifactError, match="is not signed, and only signed models"):
        loaded(public)
    sign_manifest(models, read_signing_key(private))
    assert loaded(public).model_.machine_type == "fan"
    with pytest.raises(ArtifactError, match="is no signature of"):
        loaded(stranger)
    edit_manifest(models, lambda manifest: manifest["versions"].update(python="3.0"))
    with pytest.raises(ArtifactError, match="the folder was changed after it was signed"):
        loaded(public)


@pytest.mark.parametrize("has_key", [True, False])
def test_every_verb_that_reads_models_refuses_unsigned_ones(
    run, data, models, keys, monkeypatch, has_key
):
    clips = data / "dev_data" / "raw" / "fan" / "test"
    given = ("--models", models, "--machine", "fan")
    monkeypatch.setenv("DCASE_CLASSIC_VERIFY_KEY", str(keys[1]) if has_key else "")
    signed, empty = "is not signed, and only signed models", "$DCASE_CLASSIC_VERIFY_KEY: got an em"
    for command in (
        ("explain", clips, *given),
        ("watch", clips, *given, "--once"),
        ("report", "--models", models, "-o", models.parent / "page.html"),
        ("recalibrate", clips, *given),
        ("fit", "--add", clips, *given),
        ("models", "list", models),
        ("models", "show", models, "fan"),
        ("models", "rename", models, "fan", "fan7"),
        ("models", "remove", models, "fan"),
    ):
        status, _, err = run(*command)
        assert (status, (signed if has_key else empty) in err) == (2, True), command
        assert len(err.splitlines()) == 1
    assert set(read_manifest(models)) == {("fan", "00"), ("pump", "00")}


def test_fit_signs_what_it_has_fitted(run, data, keys, tmp_path):
    private, public = keys
    fit = ["fit", data, "--models", tmp_path / "m", "--preset", "knn", "--machine", "fan"]
    assert run(*fit, "--sign-key", public)[0] == 2
    assert not (tmp_path / "m").exists()
    assert run(*fit, "--sign-key", private)[0] == 0
    assert run("models", "verify", tmp_path / "m", "--verify-key", public)[0] == 0
