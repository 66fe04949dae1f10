import asyncio
import gc


async def fail():
    raise OSError("nobody looks")


async def main():
    task = asyncio.create_task(fail(), name="lonely")
    await asyncio.sleep(0)
    del task
    gc.collect()
    print("still running")


asyncio.run(main())
