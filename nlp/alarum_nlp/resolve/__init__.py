"""From what a phrase says to a rule: which day, which hour, which bounds, seen from now; every assumption is named."""
