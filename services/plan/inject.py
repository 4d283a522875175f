"""What every planning handler is given."""

from typing import Annotated

from faststream import Context

from services.plan.ladder import Ladder
from services.plan.sets import Offer

LadderDep = Annotated[Ladder, Context("ladder")]
OfferDep = Annotated[Offer, Context("offer")]
EngineDep = Annotated[str, Context("engine")]
