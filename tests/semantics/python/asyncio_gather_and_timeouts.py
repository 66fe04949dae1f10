import asyncio


async def job(name, delay):
    await asyncio.sleep(delay)
    if name == "bad":
        raise ValueError(name)
    return name


async def main():
    print(await asyncio.gather(job("a", 0.02), job("b", 0), job("bad", 0), return_exceptions=True))
    try:
        async with asyncio.timeout(0.01):
            await asyncio.sleep(60)
    except TimeoutError:
        print("timed out")
    try:
        await asyncio.wait_for(asyncio.Event().wait(), 0.01)
    except TimeoutError as error:
        print(repr(error))
    done, pending = await asyncio.wait([asyncio.create_task(job("x", 0))], timeout=30)
    print(len(done), len(pending))


asyncio.run(main())
