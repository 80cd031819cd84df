"""Requests as the API sees them: who asks, on which site, what, with which body."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from qbo_pipeline.local.tableau import errors, xml_text
from qbo_pipeline.local.tableau.faults import Fault
from qbo_pipeline.local.tableau.multipart import parts
from qbo_pipeline.local.tableau.records import Session


@dataclass(frozen=True, slots=True)
class Call:
    """A request whose session is good."""

    method: str
    path: tuple[str, ...]
    """The segments of the address behind the site (for what is of no site: behind the version), decoded."""
    site: str
    session: Session
    parameters: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    base: str
    """The address of the service, for what answers link to."""
    faults: tuple[Fault, ...] = ()

    def xml(self, *, optional: bool = False) -> Element:
        """The `tsRequest` of the body.

        Raises:
            TableauAnswerError: it is none.
        """
        return xml_text.request(self.body, optional=optional)

    def parts(self) -> dict[str, bytes]:
        """The parts of a multipart body.

        Raises:
            TableauAnswerError: it is none.
        """
        return parts(self.headers.get("content-type", ""), self.body)

    def truth(self, name: str) -> bool:
        """A parameter that is true or false; false where it is not there.

        Raises:
            TableauAnswerError: it is neither.
        """
        value = self.parameters.get(name, "false")
        if value.lower() not in ("true", "false"):
            raise errors.bad_boolean(name, value)
        return value.lower() == "true"


@dataclass(frozen=True, slots=True)
class Answer:
    """What an endpoint answers: elements of a `tsResponse`, or bytes of a file, or nothing."""

    status: int = 200
    elements: tuple[Element, ...] = ()
    file: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


def answer(*elements: Element, status: int = 200) -> Answer:
    """An answer of XML."""
    return Answer(status, elements)


NOTHING = Answer(204)
