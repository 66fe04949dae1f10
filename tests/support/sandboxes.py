"""Specifications of sandboxes, for tests that start one without a pool."""

from executor import LANGUAGES, Limits, this_process
from executor.conf import config
from executor.pool.users import UserIds
from executor.sandbox.spec import container_spec

USER_IDS = UserIds(config().uids)


def make_spec(
    *, instance: str, owner: str | None = None, limits: Limits | None = None, **over: object
) -> dict[str, object]:
    """A Python sandbox's spec; further keyword arguments override the engine's."""
    spec = container_spec(
        LANGUAGES["python"],
        limits or config().limits,
        image=f"{config().image_prefix}-python",
        instance=instance,
        owner=owner or this_process(),
        runtime=config().runtime,
        uid=next(USER_IDS.candidates()),
    )
    return {**spec, **over}
