"""Which playbook asks the clinical questions of a product."""

from __future__ import annotations

_PLAYBOOKS = {"pacs_client": "prove_pacs.yml"}


def playbook(product: str) -> str:
    """File name under playbooks/. Raises LookupError for a product that nothing proves."""
    try:
        return _PLAYBOOKS[product]
    except KeyError:
        raise LookupError(f"no playbook proves {product}; known: {', '.join(sorted(_PLAYBOOKS))}") from None
