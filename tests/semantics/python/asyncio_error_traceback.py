import asyncio


async def inner():
    await asyncio.sleep(0)
    return {}["missing"]


async def outer():
    try:
        await inner()
    except KeyError as error:
        raise RuntimeError("outer") from error


asyncio.run(outer())
