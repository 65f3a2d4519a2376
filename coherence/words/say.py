"""Outcomes in words: one sentence a transaction, for errors, stories and reasons."""

from __future__ import annotations

from coherence.cache.config import Key
from coherence.transaction.outcome import MEMORY, Outcome

VERBS = {"PrRd": "reads", "PrWr": "writes", "Evict": "evicts"}


def show_key(key: Key) -> str:
    """A key as a person would write it.

    >>> show_key("x"), show_key(7), show_key(("head", 3))
    ('x', '7', "('head', 3)")
    """
    return key if isinstance(key, str) else repr(key)


def show_value(value: object) -> str:
    """A value as a person would write it; never fails, whatever a program stored."""
    if isinstance(value, str):
        return value
    try:
        return repr(value)
    except Exception:
        return f"<{type(value).__name__}>"


def show_supplier(outcome: Outcome) -> str:
    """Who supplied the line, in words; empty when no line moved."""
    match outcome.supplier:
        case None:
            return ""
        case who if who == MEMORY:
            return "memory supplies"
        case who if who == outcome.core:
            return "its own copy supplies"
        case who:
            return f"core {who} supplies"


def tell(outcome: Outcome, key: Key) -> str:
    """One transaction in one sentence.

    >>> import coherence as co
    >>> from coherence.transaction.order import order
    >>> tell(order(co.protocols["MESI"], 1, "PrRd", {0: "M"}), "x")
    'core 1 reads x (I → S) by BusRd; core 0 answers Flush (M → S); core 0 supplies'
    """
    parts = [f"core {outcome.core} {VERBS[outcome.event]} {show_key(key)} ({outcome.before} → {outcome.after})"]
    if outcome.requests:
        parts[0] += f" by {', '.join(outcome.requests)}"
    for a in outcome.answers:
        said = f" answers {', '.join(a.responses)}" if a.responses else ""
        change = f"({a.before} → {a.after})" if a.before != a.after else f"stays {a.after}"
        parts.append(f"core {a.core}{said} {change}")
    if outcome.suppliers:
        parts.append(show_supplier(outcome))
    if outcome.victim:
        back = " with BusWB" if outcome.victim.outcome.requests else ""
        parts.append(f"line {show_key(outcome.victim.line)} leaves for it{back}")  # type: ignore[arg-type]
    return "; ".join(parts)
