"""Signatures are those of Standard Webhooks."""

from services.notify.signatures import signed_headers

# Made with: openssl dgst -sha256 -mac HMAC -macopt hexkey:…
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
EXPECTED = "v1,KKK1SikcGu/XNPE1+mzvalJOZEOD1n7py0wniAFp+vU="


def test_a_signature_is_made_over_id_time_and_body() -> None:
    headers = signed_headers(7, 1614265330, b'{"test": 2432232314}', [SECRET])
    assert headers["webhook-id"] == "msg_7"
    assert headers["webhook-timestamp"] == "1614265330"
    assert headers["webhook-signature"] == EXPECTED


def test_each_secret_signs() -> None:
    other = "whsec_" + "A" * 44
    both = signed_headers(7, 1614265330, b"{}", [SECRET, other])["webhook-signature"].split(" ")
    assert both == [signed_headers(7, 1614265330, b"{}", [secret])["webhook-signature"] for secret in (SECRET, other)]
    assert len(set(both)) == 2
