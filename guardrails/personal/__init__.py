"""How each sort of personal data is recognised; guardrails.masking is the way in."""
