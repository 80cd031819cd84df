"""The words of reports in other languages. Keys, ids and names of accounts stay as they are.

QuickBooks shows reports in the language of the company's user; these words are ours, the point is that they differ.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal, get_args

Language = Literal["en", "fr"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

_FRENCH = {
    "Date": "Date",
    "Transaction Type": "Type d'opération",
    "Num": "N°",
    "Name": "Nom",
    "Memo/Description": "Mémo/Description",
    "Account": "Compte",
    "Split": "Ventilation",
    "-Split-": "-Ventilation-",
    "Debit": "Débit",
    "Credit": "Crédit",
    "Amount": "Montant",
    "Balance": "Solde",
    "Open Balance": "Solde impayé",
    "Due Date": "Date d'échéance",
    "Client": "Client",
    "Customer": "Client",
    "Vendor": "Fournisseur",
    "Employee": "Employé",
    "Department": "Emplacement",
    "Class": "Classe",
    "Posting": "Report",
    "Past Due": "En souffrance",
    "Quantity": "Quantité",
    "Qty": "Qté",
    "Rate": "Taux",
    "FIFO Cost": "Coût PEPS",
    "Qty On Hand": "Qté disponible",
    "Asset Value": "Valeur de l'actif",
    "Avg Cost": "Coût moyen",
    "Product/Service": "Produit/Service",
    "Currency": "Devise",
    "Exchange Rate": "Taux de change",
    "Create Date": "Date de création",
    "Last Modified": "Dernière modification",
    "Yes": "Oui",
    "No": "Non",
    "Total": "Total",
    "Others": "Autres",
    "Not Specified": "Non précisé",
    "Total {}": "Total {}",
    "Total for {}": "Total pour {}",
    "Total for {} with sub-accounts": "Total pour {} avec sous-comptes",
    "Beginning Balance": "Solde d'ouverture",
    "Income": "Revenus",
    "Cost of Goods Sold": "Coût des ventes",
    "Gross Profit": "Bénéfice brut",
    "Expenses": "Dépenses",
    "Net Operating Income": "Revenu net d'exploitation",
    "Other Income": "Autres revenus",
    "Other Expenses": "Autres dépenses",
    "Net Other Income": "Autres revenus nets",
    "Net Income": "Bénéfice net",
    "Ordinary Income/Expenses": "Revenus et dépenses ordinaires",
    "Other Income/Expenses": "Autres revenus et dépenses",
    "Retained Earnings": "Bénéfices non répartis",
    "Unapplied Cash Payment Income": "Revenus de paiements non affectés",
    "Unapplied Cash Bill Payment Expense": "Dépenses de paiements non affectés",
    "Assets": "Actif",
    "Current Assets": "Actif à court terme",
    "Bank Accounts": "Comptes bancaires",
    "Accounts Receivable": "Comptes clients",
    "Other Current Assets": "Autres actifs à court terme",
    "Fixed Assets": "Immobilisations",
    "Other Assets": "Autres actifs",
    "Liabilities and Equity": "Passif et capitaux propres",
    "Liabilities": "Passif",
    "Current Liabilities": "Passif à court terme",
    "Accounts Payable": "Comptes fournisseurs",
    "Credit Cards": "Cartes de crédit",
    "Other Current Liabilities": "Autres passifs à court terme",
    "Long-Term Liabilities": "Passif à long terme",
    "Equity": "Capitaux propres",
    "Operating Activities": "Activités d'exploitation",
    "Adjustments to reconcile Net Income to Net Cash provided by operations:": (
        "Ajustements pour rapprocher le bénéfice net des flux d'exploitation :"
    ),
    "Net cash provided by operating activities": "Flux nets des activités d'exploitation",
    "Investing Activities": "Activités d'investissement",
    "Net cash provided by investing activities": "Flux nets des activités d'investissement",
    "Financing Activities": "Activités de financement",
    "Net cash provided by financing activities": "Flux nets des activités de financement",
    "Net cash increase for period": "Variation nette de la trésorerie",
    "Cash at beginning of period": "Trésorerie au début de la période",
    "Cash at end of period": "Trésorerie à la fin de la période",
    "Current": "À jour",
    "{} and over": "{} et plus",
    "{} days past due": "{} jours de retard",
    "{} or more days past due": "{} jours de retard ou plus",
    "Invoice": "Facture",
    "Credit Memo": "Note de crédit",
    "Payment": "Paiement",
    "Sales Receipt": "Reçu de vente",
    "Refund": "Remboursement",
    "Bill": "Facture à payer",
    "Vendor Credit": "Crédit fournisseur",
    "Bill Payment (Check)": "Paiement de facture (chèque)",
    "Bill Payment (Credit Card)": "Paiement de facture (carte de crédit)",
    "Check": "Chèque",
    "Expense": "Dépense",
    "Credit Card Expense": "Dépense par carte de crédit",
    "Credit Card Credit": "Crédit sur carte de crédit",
    "Credit Card Payment": "Paiement de carte de crédit",
    "Deposit": "Dépôt",
    "Transfer": "Virement",
    "Journal Entry": "Écriture de journal",
    "Inventory Qty Adjust": "Ajustement de stock",
    "Inventory Starting Value": "Valeur de départ du stock",
    "Sales Tax Payment": "Paiement de taxe",
    "Payroll Check": "Chèque de paie",
}

_FRENCH_MONTHS = {
    "Jan": "janv.", "Feb": "févr.", "Mar": "mars", "Apr": "avr.", "May": "mai", "Jun": "juin",
    "Jul": "juil.", "Aug": "août", "Sep": "sept.", "Oct": "oct.", "Nov": "nov.", "Dec": "déc.",
}  # fmt: skip
_MONTH = re.compile(r"\b(" + "|".join(_FRENCH_MONTHS) + r")\b")

_WORDS: dict[Language, dict[str, str]] = {"en": {}, "fr": _FRENCH}
_MONTHS: dict[Language, Callable[[str], str]] = {
    "en": lambda title: title,
    "fr": lambda title: _MONTH.sub(lambda found: _FRENCH_MONTHS[found[1]], title),
}


def translated(text: str, language: Language) -> str:
    """A title in a language; itself where that language has no word for it."""
    return _WORDS[language].get(text, text)


def translated_days(title: str, language: Language) -> str:
    """The title of a column of days: `Jan 2026` is `janv. 2026` in French."""
    return _MONTHS[language](title)
