# A limit of which one may help oneself to more is none. The soft limit may go up to the hard
# one, and the hard one only down, unless one has CAP_SYS_RESOURCE.
import resource

for name in ("RLIMIT_NOFILE", "RLIMIT_FSIZE", "RLIMIT_CORE", "RLIMIT_MEMLOCK"):
    number = getattr(resource, name)
    soft, hard = resource.getrlimit(number)
    try:
        resource.setrlimit(number, (hard + 1, hard + 1))
        print(f"ATTEMPT raise {name}: succeeded (from {hard})")
    except (ValueError, OSError) as error:
        print(f"ATTEMPT raise {name}: blocked ({error})")
