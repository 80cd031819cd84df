"""Members that many entities share, declared once: the record itself, addresses, contacts, names, linked documents."""

from __future__ import annotations

from qbo_pipeline.quickbooks.catalogue.members import array, members, nested
from qbo_pipeline.quickbooks.catalogue.model import Member, Object

CUSTOM_FIELD = array(
    "CustomField",
    "Custom fields filled in on the form; QuickBooks returns the first three text fields.",
    """
    DefinitionId  text  Id of the custom field's definition.
    Name          text  Name of the custom field.
    Type          text  Type of its value: StringType, BooleanType, NumberType or DateType.
    StringValue   text  Value of a text field; absent when empty.
    BooleanValue  bool  Value of a yes/no field.
    DateValue     date  Value of a date field.
    NumberValue   number  Value of a number field.
    """,
)

ATTACHABLE_REF = array(
    "AttachableRef",
    "Documents an attachment belongs to, or attachments of a record.",
    """
    EntityRef      typedref  Document or name the attachment is linked to.
    LineInfo       text  Line of the document it belongs to.
    IncludeOnSend  bool  Whether it is sent along with the document.
    Inactive       bool  Whether the link is switched off.
    NoRefOnly      bool  Whether it stands without a document.
    Ex             json  Extension data for Intuit's internal use.
    """,
)

RECORD: tuple[Member, ...] = (
    *members("""
    Id         text  Id of the record, unique for its entity in the company.
    SyncToken  int   Version number, counted up by every change.
    """),
    nested(
        "MetaData",
        """
        CreatedByRef       ref  User who created the record.
        CreateTime         time  Instant the record was created.
        LastModifiedByRef  ref=last_modified_by  User who changed the record last.
        LastUpdatedTime    time  Instant of the last change.
        LastChangedInQB    time  Instant of the last change made in QuickBooks Desktop.
        Synchronized       bool  Whether the record was synchronized.
        """,
        prefix="",
    ),
    *members("""
    domain  text  Where the record comes from: QBO.
    sparse  bool  Whether the answer holds only part of the record.
    status  text  Set on deletion stubs and drafts; absent on ordinary records.
    """),
    CUSTOM_FIELD,
    ATTACHABLE_REF,
)
"""Every entity: IntuitEntity in Intuit's schema."""

_ADDRESS = members("""
    Id                      text  Id of the address.
    Line1                   text  First line.
    Line2                   text  Second line.
    Line3                   text  Third line.
    Line4                   text  Fourth line.
    Line5                   text  Fifth line.
    City                    text  City.
    Country                 text  Country.
    CountryCode             text  Country code.
    County                  text  County.
    CountrySubDivisionCode  text  State or province.
    PostalCode              text  Postal code.
    PostalCodeSuffix        text  Postal code suffix.
    Lat                     text  Latitude, or INVALID.
    Long                    text  Longitude, or INVALID.
    Tag                     text  Kind of address.
    Note                    text  Note.
    """)


def address(name: str) -> Object:
    """A postal address: PhysicalAddress in Intuit's schema."""
    return nested(name, _ADDRESS)


OTHER_ADDR = array("OtherAddr", "Further addresses.", _ADDRESS)


def phone(name: str) -> Object:
    """A telephone number."""
    return nested(
        name,
        """
        Id              text  Id of the number.
        DeviceType      text  Kind of device.
        CountryCode     text  Country code.
        AreaCode        text  Area code.
        ExchangeCode    text  Exchange code.
        Extension       text  Extension.
        FreeFormNumber  text  The number as entered.
        Default         bool  Whether it is the default number.
        Tag             text  Kind of number.
        """,
    )


def email(name: str) -> Object:
    """An e-mail address."""
    return nested(
        name,
        """
        Id       text  Id of the address.
        Address  text  The e-mail address.
        Default  bool  Whether it is the default address.
        Tag      text  Kind of address.
        """,
    )


def website(name: str) -> Object:
    """A web address."""
    return nested(
        name,
        """
        Id       text  Id of the web address.
        URI      text  The web address.
        Default  bool  Whether it is the default one.
        Tag      text  Kind of web address.
        """,
    )


OTHER_CONTACT_INFO = array(
    "OtherContactInfo",
    "Further ways to reach them.",
    (
        *members("Type  text  Kind of contact: telephone, e-mail, web site or other."),
        phone("Telephone"),
        email("Email"),
        website("WebSite"),
        nested("OtherContact", "Id text Id.\nContactName text Name of the contact.\nContactNumber text Number."),
    ),
)

NAME: tuple[Member, ...] = (
    *RECORD,
    *members("""
    IntuitId            text  Intuit id of the person or company.
    Organization        bool  Whether it is an organization and not a person.
    Title               text  Title.
    GivenName           text  Given name.
    MiddleName          text  Middle name.
    FamilyName          text  Family name.
    Suffix              text  Suffix of the name.
    FullyQualifiedName  text  Name with the names of its parents before it, separated by colons.
    CompanyName         text  Company name.
    DisplayName         text  Name shown; unique among customers, vendors and employees.
    PrintOnCheckName    text  Name printed on checks.
    UserId              text  User id.
    Active              bool  False when made inactive; QuickBooks then adds " (deleted)" to the names.
    V4IDPseudonym       text=v4_id_pseudonym  Intuit's pseudonym of the record.
    DefaultTaxCodeRef   ref   Default tax code.
    """),
    phone("PrimaryPhone"),
    phone("AlternatePhone"),
    phone("Mobile"),
    phone("Fax"),
    email("PrimaryEmailAddr"),
    website("WebAddr"),
    OTHER_CONTACT_INFO,
)
"""Customers, vendors and employees: NameBase in Intuit's schema."""

LINKED_TXN = array(
    "LinkedTxn",
    "Documents this one is linked to: payments of an invoice, the estimate it came from, what a payment pays.",
    """
    TxnId      text  Id of the linked document.
    TxnType    text  Type of the linked document.
    TxnLineId  text  Line of the linked document.
    """,
)
