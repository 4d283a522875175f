"""Reads the change log of a SeaweedFS filer over gRPC; produces the objects that were written.

SeaweedFS ships no Python client. Only the handful of fields that matter here are described, by their numbers;
protobuf skips the rest.

Source: SeaweedFS ``filer.proto``, ``SeaweedFiler.SubscribeMetadata``.
"""

import secrets
from collections.abc import AsyncGenerator
from typing import Any

import grpc.aio
import msgspec
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from contracts.keys import is_upload
from contracts.v1 import Original

_SUBSCRIBE = "/filer_pb.SeaweedFiler/SubscribeMetadata"
_ETAG = "Seaweed-X-Amz-ETag"
_VERSIONS = ".versions/"

# Loopback must not go through a proxy that the environment names.
_CHANNEL_OPTIONS = [("grpc.enable_http_proxy", 0), ("grpc.max_receive_message_length", 64 << 20)]

_Field = descriptor_pb2.FieldDescriptorProto
_SCALARS = {
    "string": _Field.TYPE_STRING,
    "bytes": _Field.TYPE_BYTES,
    "bool": _Field.TYPE_BOOL,
    "int32": _Field.TYPE_INT32,
    "int64": _Field.TYPE_INT64,
    "uint64": _Field.TYPE_UINT64,
}
_MESSAGES: dict[str, dict[str, tuple[int, str]]] = {
    "SubscribeMetadataRequest": {
        "client_name": (1, "string"),
        "path_prefix": (2, "string"),
        "since_ns": (3, "int64"),
        "client_id": (7, "int32"),
        "client_epoch": (9, "int32"),
    },
    "SubscribeMetadataResponse": {
        "directory": (1, "string"),
        "event_notification": (2, "EventNotification"),
        "ts_ns": (3, "int64"),
    },
    "EventNotification": {"new_entry": (2, "Entry"), "new_parent_path": (4, "string")},
    "Entry": {
        "name": (1, "string"),
        "is_directory": (2, "bool"),
        "attributes": (4, "FuseAttributes"),
        "extended": (5, "ExtendedEntry*"),
    },
    "FuseAttributes": {"file_size": (1, "uint64")},
    # A protobuf map travels as repeated pairs of key 1 and value 2.
    "ExtendedEntry": {"key": (1, "string"), "value": (2, "bytes")},
}


class Written(msgspec.Struct, frozen=True):
    """An object that was written; ``ts_ns`` is its place in the filer's log, nanoseconds since 1970."""

    original: Original
    ts_ns: int


def _message_types() -> descriptor_pool.DescriptorPool:
    """Return the protobuf types of ``_MESSAGES``; ``*`` marks repeated fields."""
    file = descriptor_pb2.FileDescriptorProto(name="headrace_filer.proto", package="filer_pb", syntax="proto3")
    for message, fields in _MESSAGES.items():
        described = file.message_type.add(name=message)
        for name, (number, kind) in fields.items():
            label = _Field.LABEL_REPEATED if kind.endswith("*") else _Field.LABEL_OPTIONAL
            field = described.field.add(name=name, number=number, label=label)
            if kind in _SCALARS:
                field.type = _SCALARS[kind]
            else:
                field.type, field.type_name = _Field.TYPE_MESSAGE, f".filer_pb.{kind.removesuffix('*')}"
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return pool


_types = _message_types()


def message_type(name: str) -> Any:
    """Return the protobuf class of one of the filer's messages; its fields are known only at run time."""
    return message_factory.GetMessageClass(_types.FindMessageTypeByName(f"filer_pb.{name}"))


_Request = message_type("SubscribeMetadataRequest")
_Response = message_type("SubscribeMetadataResponse")


def written_object(response: Any, bucket: str) -> Written | None:
    """Return the upload that a record of the log says was written, or None when it says something else.

    Nothing comes of directories, deletions, old versions, and entries without an S3 ETag: no S3 client wrote those;
    the listing decides on them.
    """
    change = response.event_notification
    entry = change.new_entry
    path = f"{change.new_parent_path or response.directory}/{entry.name}"
    key = path.removeprefix(f"/buckets/{bucket}/")
    etag = next((pair.value.decode() for pair in entry.extended if pair.key == _ETAG), "")
    if entry.is_directory or not (entry.name and etag and is_upload(key)) or _VERSIONS in key:
        return None
    return Written(Original(bucket=bucket, key=key, size_bytes=entry.attributes.file_size, etag=etag), response.ts_ns)


async def follow(address: str, bucket: str, since_ns: int) -> AsyncGenerator[Written]:
    """Yield the objects written under ``uploads/`` since a place in the filer's log, then those to come, in its order.

    ``address`` is the filer's gRPC ``host:port``. What was written at ``since_ns`` itself may come again.

    Raises: grpc.aio.AioRpcError: the filer is away or went away.
    """
    request = _Request(
        client_name="headrace",
        path_prefix=f"/buckets/{bucket}/uploads/",
        since_ns=since_ns,
        client_id=secrets.randbits(31),  # an id that the filer saw before may count as a duplicate and be refused
        client_epoch=1,
    )
    async with grpc.aio.insecure_channel(address, options=_CHANNEL_OPTIONS) as channel:
        call = channel.unary_stream(
            _SUBSCRIBE, request_serializer=_Request.SerializeToString, response_deserializer=_Response.FromString
        )
        async for response in call(request):
            if (written := written_object(response, bucket)) is not None:
                yield written
