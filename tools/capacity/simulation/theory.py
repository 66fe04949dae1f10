"""Erlang's formulas for a queue with Poisson arrivals, exponential service and c places.

Where they apply, the simulation must agree with them. The plan computes the number of places with them.

A. K. Erlang, "Solution of some problems in the theory of probabilities of significance in automatic
telephone exchanges", 1917. `offered` is the load in erlangs: arrivals a second times mean service time.
"""


def erlang_b(places: int, offered: float) -> float:
    """Return the share that finds all places taken, and leaves. The recursion does not overflow."""
    blocked = 1.0
    for place in range(1, places + 1):
        blocked = offered * blocked / (place + offered * blocked)
    return blocked


def erlang_c(places: int, offered: float) -> float:
    """Return the share that waits, if nobody leaves the queue. It is 1 at or beyond capacity."""
    if offered >= places:
        return 1.0
    blocked = erlang_b(places, offered)
    return places * blocked / (places - offered * (1 - blocked))


def mean_wait(places: int, offered: float, service_seconds: float) -> float:
    """Return the mean wait in seconds, zeros included. Raises ValueError at or beyond capacity."""
    if offered >= places:
        raise ValueError("the queue grows without end")
    return erlang_c(places, offered) * service_seconds / (places - offered)


def places_for(offered: float, waiting_share: float) -> int:
    """Return the fewest places with which no larger share waits."""
    places = max(1, int(offered))
    while erlang_c(places, offered) > waiting_share:
        places += 1
    return places
