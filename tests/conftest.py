"""For all tests: a property is about what comes out, not about how fast this machine is just now."""

from hypothesis import settings

settings.register_profile("wardround", deadline=None)
settings.load_profile("wardround")
