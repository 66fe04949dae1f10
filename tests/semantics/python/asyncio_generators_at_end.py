import asyncio


async def numbers():
    try:
        for number in range(10):
            yield number
            await asyncio.sleep(0)
    finally:
        print("generator closed")


async def main():
    print([n async for n in numbers() if n % 2])
    async for number in numbers():
        if number == 2:
            break
    print("left the loop")


asyncio.run(main())
