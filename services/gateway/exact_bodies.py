"""Bodies are what they are described as: the framework would take the text "5" for a number, and 1 for true.

That is right for parameters, which all are texts. In JSON each has a form of its own.
"""

import re
from typing import Any

import msgspec
from litestar import Request
from litestar.exceptions import SerializationException, ValidationException


def _number(written: str) -> int | float:
    """Return what a number with a point or an exponent is: 5.0 is whole, as JSON Schema has it."""
    number = float(written)
    return int(number) if number.is_integer() else number


_PLACE = re.compile(r"`\$\.(.+)`$")
_READER = msgspec.json.Decoder(float_hook=_number)


class ExactRequest(Request[Any, Any, Any]):
    """A request whose JSON is read as its handler's type says, without guesses."""

    async def json(self) -> Any:
        """Return the body.

        Raises: SerializationException: it is no JSON. ValidationException: it is not what the handler takes.
        """
        described = self.route_handler.parsed_data_field
        if described is None:
            return await super().json()
        try:
            return msgspec.convert(_READER.decode(await self.body()), type=described.annotation)
        except msgspec.ValidationError as error:
            message, place = str(error).partition(" - at ")[0], _PLACE.search(str(error))
            raise ValidationException(extra=[{"message": message, "key": place[1] if place else "data"}]) from error
        except msgspec.DecodeError as error:
            raise SerializationException(str(error)) from error
