import asyncio


async def fail(error):
    raise error


async def wait():
    try:
        await asyncio.sleep(60)
    finally:
        print("cancelled")


async def main():
    async with asyncio.TaskGroup() as group:
        group.create_task(wait())
        await asyncio.sleep(0)
        group.create_task(fail(ValueError("one")))
        group.create_task(fail(KeyError("two")))


asyncio.run(main())
