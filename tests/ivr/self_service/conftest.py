"""The services on a small sample plan."""

from sample_plan import passwords, plan_db, sample_file, sample_template
from served_house import house

__all__ = ["house", "passwords", "plan_db", "sample_file", "sample_template"]
