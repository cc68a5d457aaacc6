"""The evaluator's runs, as the service shows them: it reads what runs wrote, starts runs in a process of their own, and
compares two. It never imports the evaluation, which lives in an environment of its own and may not be installed."""
