"""Is the clinical software healthy? Verdicts over what the workstations answered."""
