"""What is told of a store's failures."""

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from services.runtime.errors import Transient
from services.runtime.store_errors import translated


@pytest.mark.parametrize(
    "error",
    [
        EndpointConnectionError(endpoint_url="http://10.1.2.3:8333/media/k"),
        ClientError({"Error": {"Code": "InternalError", "Message": "dial tcp 10.1.2.3:8333"}}, "PutObject"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_where_the_store_is_stays_in_the_log(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    told = translated(error, "uploads/a.mp4")
    assert isinstance(told, Transient)
    assert told.code == "store_unavailable"
    assert "10.1.2.3" not in told.message
    assert "10.1.2.3" in caplog.text
