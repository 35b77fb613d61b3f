"""A centre that can be closed, on a small sample plan."""

from closing_house import house
from sample_plan import passwords, plan_db, sample_file, sample_template

__all__ = ["house", "passwords", "plan_db", "sample_file", "sample_template"]
