"""What holds for all tests: property tests draw the same examples on every machine, so a run can be repeated."""

from hypothesis import settings

settings.register_profile("seeded", derandomize=True, deadline=None)  # a busy machine is no fault
settings.load_profile("seeded")
